package io.millrace.wire;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.millrace.wire.v1.ClientFrame;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the field that made a JSON frame unreadable, because {@code JsonFormat} does not say which it was: each field
 * is read again alone. Runs only once a frame was refused, in time linear in its size times its depth.
 */
record JsonFault(int channel, String field) {

    private static final JsonFault NOT_JSON = new JsonFault(0, "");

    /** The field's dotted path starts inside the frame's kind, as rejections name it; empty where the text is no JSON. */
    static JsonFault find(String text, Descriptor frame) {
        try {
            return JsonParser.parseString(text) instanceof JsonObject object
                    ? new JsonFault(channel(object), inside(object, frame, ""))
                    : NOT_JSON;
        } catch (JsonParseException e) {
            return NOT_JSON;
        }
    }

    private static int channel(JsonObject frame) {
        JsonObject alone = new JsonObject();
        alone.add("channel", frame.get("channel"));
        ClientFrame.Builder into = ClientFrame.newBuilder();
        return JsonFrames.merges(alone.toString(), into) ? into.getChannel() : 0;
    }

    private static String inside(JsonObject object, Descriptor type, String prefix) {
        for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
            Optional<FieldDescriptor> field = type.getFields().stream()
                    .filter(f -> f.getName().equals(entry.getKey())
                            || f.getJsonName().equals(entry.getKey()))
                    .findFirst();
            if (field.isPresent() && !readsAlone(entry, type)) {
                return at(field.get(), entry.getValue(), prefix);
            }
        }
        return "";
    }

    private static String at(FieldDescriptor field, JsonElement value, String prefix) {
        boolean kind = field.getContainingOneof() != null && prefix.isEmpty() && isFrame(field.getContainingType());
        String path = kind ? "" : prefix + field.getName();
        boolean single = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated();
        if (single && value instanceof JsonObject object) {
            String inner = inside(object, field.getMessageType(), path.isEmpty() ? "" : path + ".");
            return inner.isEmpty() ? path : inner;
        }
        return path.isEmpty() ? field.getName() : path;
    }

    private static boolean isFrame(Descriptor type) {
        return type.getName().endsWith("Frame");
    }

    private static boolean readsAlone(Map.Entry<String, JsonElement> entry, Descriptor type) {
        JsonObject alone = new JsonObject();
        alone.add(entry.getKey(), entry.getValue());
        Message.Builder into = DynamicMessage.newBuilder(type);
        return JsonFrames.merges(alone.toString(), into);
    }
}
