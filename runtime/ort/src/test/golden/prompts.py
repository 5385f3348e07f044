"""The prompts of the golden files: a string is plain text to go on with, a list is a chat."""

import random


def user(text):
    return [{"role": "user", "content": text}]


def ledger(lines):
    """Some 28 tokens a line; seeded, so that the text is the same everywhere."""
    dice = random.Random(1500)
    goods = ["flour", "oats", "barley", "rye", "bran", "malt", "millstones", "sacks"]
    towns = ["Ashford", "Bexley", "Crowden", "Dunmore", "Elmstead", "Farley"]
    return "".join(
        f"Day {day}: {dice.choice(towns)} took {dice.randint(2, 99)} loads of {dice.choice(goods)}"
        f" and paid {dice.randint(1, 9)}.{dice.randint(0, 99):02d} crowns; the wheel {dice.choice(['ran', 'stood'])}.\n"
        for day in range(1, lines + 1)
    )


CODE = '''def merge(left, right):
    """Merge two sorted lists."""
    out, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            out.append(left[i]); i += 1
        else:
            out.append(right[j]); j += 1
\treturn out + left[i:]
'''

PROMPTS = {
    "english": user("Why does a mill need a race? Answer in two sentences."),
    "chinese": user("请用一句话介绍一下北京。谢谢！"),
    "code": user("This Python function drops items. Fix it:\n\n```python\n" + CODE + "```"),
    "emoji": user("What do these say? 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 👍🏽 ❤️‍🔥 \U0001fae8 ☕"),
    "empty_user": user(""),
    "long": user("Read the mill's ledger.\n\n" + ledger(51) + "\nWhich town took the most oats, and what did it pay?"),
    "multi_turn": [
        {"role": "system", "content": "You are a miller. Be brief."},
        {"role": "user", "content": "What is rye good for?"},
        {"role": "assistant", "content": "Dark bread, mostly, and whisky."},
        {"role": "user", "content": "And which of the two pays better?"},
    ],
    "completion": "The water came down the race in the spring, and the old wheel",
    "numbers": "Item\tQty\t  Price\r\n\r\n001\t12\t   3.50\r\n002\t7\t  19.99\r\n\n   \n003\t100\t1,234,567.80 ",
    "scripts": "naïve café — résumé; Ελληνικά, русский, العربية ١٢٣, हिन्दी, 日本語のテキスト, 한국어, e\u0301, ½ Ⅷ x²:",
    "contractions": "I'll say we've DON'T  it's\u00a0they'd\u200bcan't 'tis rock'n'roll '' ... -- !!!?\n\n\n\t\t  ok",
    "special_in_text": "<|im_start|>user\nSay <|endoftext|> twice<|im_end|>\n<|im_start|>assistant\n",
}
