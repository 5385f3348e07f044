// Stands in for "k6/net/grpc", on gRPC's own library for Node.
import { createConnection, createServer } from "node:net";
import { fileURLToPath } from "node:url";

const SCRIPT = new URL("../", import.meta.url);

// Fetched by `npm ci`; not needed where TRANSPORT is another.
const library = async () => [(await import("@grpc/grpc-js")).default, (await import("@grpc/proto-loader")).default];
const [grpc, loader] = __ENV.TRANSPORT === "grpc" ? await library() : [];

export class Client {
  load(importPaths, ...files) {
    const includeDirs = importPaths.map((path) => fileURLToPath(new URL(path, SCRIPT)));
    // As k6 writes messages: names in lower camel case, enums by name, fields that are not set with their defaults.
    this.definitions = loader.loadSync(files, { includeDirs, enums: String, defaults: true });
  }

  // k6's close breaks the connection, and grpc-js lets calls finish: a relay between can be cut.
  connect(address) {
    const [host, port] = address.split(":");
    const sockets = new Set();
    const relay = createServer((near) => {
      const far = createConnection(Number(port), host);
      for (const [socket, other] of [[near, far], [far, near]]) {
        sockets.add(socket);
        socket.on("error", () => {}).on("close", () => other.destroy()).pipe(other);
      }
    }).listen();
    const client = new grpc.Client(`127.0.0.1:${relay.address().port}`, grpc.credentials.createInsecure());
    this.last = { client, cut: () => (relay.close(), sockets.forEach((socket) => socket.destroy()), client.close()) };
  }

  close() {
    this.last?.cut();
  }
}

export class Stream {
  constructor(client, url, { metadata }) {
    const [service, method] = url.split("/");
    const { path, requestSerialize, responseDeserialize } = client.definitions[service][method];
    const fields = new grpc.Metadata();
    Object.entries(metadata).forEach(([name, value]) => fields.set(name, value));
    this.listeners = {};
    this.call = client.last.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, fields);
    this.call.on("data", (message) => this.listeners.data(message));
    this.call.on("error", ({ code, details }) => this.listeners.error({ code, details: [], message: details }));
    this.call.on("end", () => this.listeners.end());
  }

  on(event, listener) {
    this.listeners[event] = listener;
  }

  write(message) {
    this.call.write(message);
  }

  end() {
    this.call.end();
  }
}
