package evenhand.bench;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs benchmarks and prints, for each that has a peer, the ratio of both sides from that one run. */
public final class Compare {
  private static final String PEER = "Djl";

  private Compare() {}

  /** Takes JMH's own arguments: a pattern of names, {@code -wi}, {@code -i}, {@code -p threads=2} and the like. */
  public static void main(String[] args) throws RunnerException, CommandLineOptionException {
    CommandLineOptions given = new CommandLineOptions(args);
    var options = new OptionsBuilder().parent(given).mode(Mode.Throughput)
        .timeUnit(java.util.concurrent.TimeUnit.SECONDS)
        .forks(given.getForkCount().orElse(1))
        .warmupIterations(given.getWarmupIterations().orElse(5))
        .warmupTime(given.getWarmupTime().orElse(TimeValue.seconds(1)))
        .measurementIterations(given.getMeasurementIterations().orElse(7))
        .measurementTime(given.getMeasurementTime().orElse(TimeValue.seconds(1)))
        .jvmArgsAppend("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
            "-Dai.djl.offline=true", "-Dai.djl.pytorch.num_threads=" + threads(given),
            "-Dai.djl.pytorch.num_interop_threads=1")
        .resultFormat(ResultFormatType.JSON).result(given.getResult().orElse("bench/target/results.json"));
    Collection<RunResult> results = new Runner(options.build()).run();
    for (RunResult result : results) {
      partner(result, results).ifPresent(peer -> System.out.printf(Locale.ROOT,
          "%-40s %10.1f/s, peer %10.1f/s, ratio %5.2f (medians)%n", label(result), median(result), median(peer),
          median(result) / median(peer)));
    }
  }

  private static String threads(CommandLineOptions given) {
    return given.getParameter("threads").orElse(List.of("1")).iterator().next();
  }

  /** The result of the peer's class of the same name, with the same parameters as far as it has them. */
  private static Optional<RunResult> partner(RunResult own, Collection<RunResult> results) {
    String[] names = own.getParams().getBenchmark().split("\\.");
    String wanted = names[names.length - 2] + PEER + "." + names[names.length - 1];
    return results.stream()
        .filter(peer -> peer.getParams().getBenchmark().endsWith("." + wanted))
        .filter(peer -> peer.getParams().getParamsKeys().stream()
            .allMatch(key -> peer.getParams().getParam(key).equals(own.getParams().getParam(key))))
        .findFirst();
  }

  private static String label(RunResult result) {
    String[] names = result.getParams().getBenchmark().split("\\.");
    return names[names.length - 2] + "." + names[names.length - 1] + result.getParams().getParamsKeys().stream()
        .map(key -> " " + key + "=" + result.getParams().getParam(key)).collect(Collectors.joining());
  }

  private static double median(RunResult result) {
    return result.getPrimaryResult().getStatistics().getPercentile(50);
  }
}
