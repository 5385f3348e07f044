// Stands in for "k6/websockets", on Node's own (--experimental-websocket before Node 22), which takes subprotocols in place of headers.
export class WebSocket {
  constructor(url, protocols, params) {
    this.socket = new globalThis.WebSocket(url, [params.headers["Sec-WebSocket-Protocol"]]);
    this.socket.onopen = () => this.onopen();
    this.socket.onclose = () => this.onclose();
    this.socket.onerror = (event) => this.onerror({ type: "error", error: String(event.message), timestamp: Date.now() });
    this.socket.onmessage = (event) => this.onmessage({ type: "message", data: event.data, timestamp: Date.now() });
  }

  send(text) {
    this.socket.send(text);
  }

  close() {
    this.socket.close();
  }
}
