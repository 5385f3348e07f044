// llama.cpp, as node-llama-cpp brings it, behind POST /v1/completions with server-sent events: continuous batching over one
// context, greedy. No more than `bench` asks for.
//
//     npm install --ignore-scripts --omit=optional && npm install --ignore-scripts --no-save @node-llama-cpp/linux-x64@3.22.1
//     node peer.mjs MODEL.gguf [PORT] [SEQUENCES] [THREADS]
import { createServer } from "node:http";
import { getLlama } from "node-llama-cpp";

const [modelPath, port = "18081", sequences = "32", threads = "2"] = process.argv.slice(2);
/** Positions of one sequence: prompts of 128 tokens and as many generated fit with room to spare. */
const CONTEXT = 512;
/** Tokens of one llama.cpp batch, as llama-server has it. */
const BATCH = 2048;
const MAX_BODY = 1 << 20;

const llama = await getLlama({ gpu: false, build: "never", maxThreads: Number(threads), logLevel: "error" });
const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
const context = await model.createContext({
  sequences: Number(sequences),
  contextSize: CONTEXT,
  batchSize: BATCH,
  threads: Number(threads),
  flashAttention: process.env.FLASH_ATTENTION === "1",
});

/** Those that wait for one of the context's sequences, in the order they came. */
const waiting = [];
const free = Array.from({ length: Number(sequences) }, () => context.getSequence());

async function withSequence(use) {
  const sequence = free.pop() ?? (await new Promise((resolve) => waiting.push(resolve)));
  try {
    await sequence.clearHistory();
    await use(sequence);
  } finally {
    const next = waiting.shift();
    next ? next(sequence) : free.push(sequence);
  }
}

async function complete(request, response) {
  const { prompt, max_tokens: most = 128 } = JSON.parse(await body(request));
  const tokens = model.tokenize(prompt);
  let gone = false;
  response.on("close", () => (gone = true));
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (chunk) => response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  let count = 0;
  await withSequence(async (sequence) => {
    const before = [];
    for await (const token of sequence.evaluate(tokens, { temperature: 0 })) {
      send({ choices: [{ index: 0, text: model.detokenize([token], false, before), finish_reason: null }] });
      before.push(token);
      if (++count >= most || gone) break;
    }
  });
  const usage = { prompt_tokens: tokens.length, completion_tokens: count, total_tokens: tokens.length + count };
  send({ choices: [{ index: 0, text: "", finish_reason: count >= most ? "length" : "stop" }], usage });
  response.end("data: [DONE]\n\n");
}

async function body(request) {
  let text = "";
  for await (const piece of request) {
    text += piece;
    if (text.length > MAX_BODY) throw new Error(`a body has at most ${MAX_BODY} characters`);
  }
  return text;
}

createServer((request, response) => {
  if (request.url === "/v1/models") {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ data: [{ id: "llama.cpp" }] }));
  } else {
    complete(request, response).catch((error) => {
      response.headersSent || response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: String(error.message) } }));
    });
  }
}).listen(Number(port), "127.0.0.1", () => console.log(`llama.cpp at http://127.0.0.1:${port}/v1`));
