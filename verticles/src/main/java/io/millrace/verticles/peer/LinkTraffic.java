package io.millrace.verticles.peer;

/** Counts what sequences send to another node and get from it: messages with gRPC's own five bytes, before TLS. Thread-safe. */
public interface LinkTraffic {
    LinkTraffic UNCOUNTED = new LinkTraffic() {
        @Override
        public void sent(int bytes) {}

        @Override
        public void received(int bytes) {}
    };

    void sent(int bytes);

    void received(int bytes);
}
