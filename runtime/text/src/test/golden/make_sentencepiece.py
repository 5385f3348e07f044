"""Trains small SentencePiece BPE vocabularies, writes them as GGUF without weights, and the ids that SentencePiece gives
to texts: a line each, the text as hexadecimal UTF-8, a tab, the ids.

    pip install sentencepiece==0.2.3 gguf==0.19.0 numpy==2.4.6
    python make_sentencepiece.py runtime/text/src/test/resources/sentencepiece
"""

import io
import pathlib
import sys

import gguf
import numpy as np
import sentencepiece

CORPUS = [
    "The quick brown fox jumps over the lazy dog, and the dog jumps over the other fox.",
    "Streams of tokens run from the mill to the sea; the mill turns as the water runs over its wheel.",
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, und der Deich hält.",
    "def jump(over):\n    return over ** 2\n",
    "What runs, runs over; what turns, turns again and again and again.",
] * 20

TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "  two spaces,   three   and at the end  ",
    "lines\nand\n\nempty ones\n\n\n\tand a tab",
    "über die Mühle: größer, höher",
    "数学 🦜 is spelled byte by byte",
    "again and againagain",
    "a",
    " ",
    "\n",
    "the<tag>dog<tag> runs",
]


def user_defined(prefix):
    return ["<tag>"] if prefix else ["<tag>", "\n", "\n\n"]


def train(prefix):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS), model_writer=model, model_type="bpe", vocab_size=420, byte_fallback=True,
        add_dummy_prefix=prefix, remove_extra_whitespaces=False, normalization_rule_name="identity",
        user_defined_symbols=user_defined(prefix), minloglevel=2)
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def kind(model, prefix, i):
    if model.is_unknown(i):
        return 2
    if model.is_control(i):
        return 3
    if model.is_byte(i):
        return 6
    return 4 if model.id_to_piece(i) in user_defined(prefix) else 1


def write(model, prefix, path):
    size = model.vocab_size()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("llama")
    writer.add_token_list([model.id_to_piece(i) for i in range(size)])
    writer.add_token_scores([model.get_score(i) for i in range(size)])
    writer.add_token_types([kind(model, prefix, i) for i in range(size)])
    writer.add_bos_token_id(model.bos_id())
    writer.add_eos_token_id(model.eos_id())
    writer.add_unk_token_id(model.unk_id())
    writer.add_add_space_prefix(prefix)
    writer.add_tensor("token_embd.weight", np.zeros((size, 1), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main(folder):
    for name, prefix in (("plain", False), ("prefixed", True)):
        model = train(prefix)
        write(model, prefix, folder / f"{name}.gguf")
        # After a special token SentencePiece itself adds no space; llama.cpp and Hugging Face do.
        texts = [text for text in TEXTS if not (prefix and "<tag>" in text)]
        lines = [text.encode().hex() + "\t" + " ".join(map(str, model.encode(text))) for text in texts]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
