package io.millrace.verticles.app.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The devices of a configuration, and whether the model's parts go onto them. */
final class DeviceCheck {
    private static final Pattern NAME = Pattern.compile("cpu|host|auto|cuda:(\\d{1,3}(?:,\\d{1,3})*)");

    private DeviceCheck() {}

    /** @throws ConfigException for a name that is none, or for GPUs that replicas, shards and ranks do not fill */
    static void check(NodeConfig config) {
        List<String> gpus = gpus(config.device());
        if (gpus.stream().distinct().count() != gpus.size()) {
            throw new ConfigException("device: " + config.device() + " names a GPU twice");
        }
        if (!gpus.isEmpty()) {
            checkParts(config, gpus.size());
        }
    }

    private static void checkParts(NodeConfig config, int gpus) {
        if (gpus % config.replicas() != 0) {
            throw new ConfigException("replicas: " + config.replicas() + " does not divide the " + gpus
                    + " GPUs of device: " + config.device());
        }
        if (gpus / config.replicas() % config.shards() != 0) {
            throw new ConfigException("device: " + config.device() + ", over replicas: " + config.replicas()
                    + ", is no multiple of shards: " + config.shards());
        }
        if (config.replicas() * config.shards() * config.ranks() != gpus) {
            throw new ConfigException(
                    "device: " + config.device() + " is not replicas times shards times tensor-parallel: "
                            + config.replicas() + " × " + config.shards() + " × " + config.ranks());
        }
    }

    /** Empty where the device is not a list of GPUs. */
    static List<String> gpus(String device) {
        Matcher matcher = NAME.matcher(device);
        if (!matcher.matches()) {
            throw new ConfigException(
                    "device: \"" + device + "\" is none of auto, cpu, cuda:0 or a list of GPUs as cuda:0,1");
        }
        return matcher.group(1) == null ? List.of() : List.of(matcher.group(1).split(","));
    }
}
