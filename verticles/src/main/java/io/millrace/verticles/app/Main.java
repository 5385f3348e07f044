package io.millrace.verticles.app;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The command line. */
@Command(
        name = "millrace",
        description = "Streams tokens from large language models to many clients at once.",
        subcommands = {
            RunCommand.class,
            ServeCommand.class,
            ServeStageCommand.class,
            PullCommand.class,
            BenchCommand.class,
            ConvertCommand.class,
            EvaluateCommand.class,
            ProfileCommand.class,
            ClusterKeysCommand.class,
            CalibrateCommand.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done; for serve: drained after SIGINT or SIGTERM",
            "1:failed; standard error says why in one line",
            "2:wrong usage or configuration",
            "3:serve and serve-stage: the model stopped working, start the node anew"
        })
public final class Main {
    static final int FAILED = 1;
    static final int MODEL_LOST = 3;

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"millrace " + (version == null ? "(from sources)" : version)};
        }
    }

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Show where in the program an error came from, and what is waited for.")
    private boolean verbose;

    private Main() {}

    public static void main(String[] args) {
        int code = commandLine().execute(args);
        // Running threads of Vert.x would keep the process, and serve's shutdown hook ends it with 0 by itself.
        System.exit(code);
    }

    static CommandLine commandLine() {
        Main main = new Main();
        return new CommandLine(main)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((failure, arguments) -> misused(failure))
                .setExecutionExceptionHandler((failure, command, parsed) -> main.report(failure, command));
    }

    boolean verbose() {
        return verbose;
    }

    private static int misused(ParameterException failure) {
        CommandLine command = failure.getCommandLine();
        String help = command.getCommandSpec().qualifiedName() + " --help";
        String line = "millrace: " + failure.getMessage() + "; see " + help;
        command.getErr().println(command.getColorScheme().errorText(line));
        return ExitCode.USAGE;
    }

    private int report(Exception failure, CommandLine command) {
        if (verbose) {
            failure.printStackTrace(command.getErr());
        }
        command.getErr().println(command.getColorScheme().errorText("millrace: " + Failure.words(failure)));
        return Failure.exitCode(failure);
    }
}
