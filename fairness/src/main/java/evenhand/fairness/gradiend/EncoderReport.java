package evenhand.fairness.gradiend;

import evenhand.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How well the neuron tells the classes apart, on rows that it was not trained on.
 *
 * @param rows number of rows of either class
 * @param neutralRows number of rows without the feature
 * @param pearson correlation of label and h over the rows of either class
 * @param pearsonWithNeutral the same with the neutral rows as label 0
 * @param signAccuracy share of the rows whose h has the sign of their label
 * @param betterSignAccuracy the larger of that and of the opposite orientation's
 * @param balancedAccuracy mean recall over the three classes with thresholds at +-.5; two without neutral rows
 * @param meanFirst mean h of the first class
 * @param meanSecond mean h of the second class
 * @param meanAbsolute mean |h| of both
 * @param meanAbsoluteOther mean |h| of the same rows with the other answer's gradient fed in
 * @param meanAbsoluteNeutral mean |h| of the neutral rows
 * @param first h of each row of the first class
 * @param second h of each row of the second class
 * @param neutral h of each neutral row
 */
public record EncoderReport(int rows, int neutralRows, OptionalDouble pearson, OptionalDouble pearsonWithNeutral,
    double signAccuracy, double betterSignAccuracy, double balancedAccuracy, double meanFirst, double meanSecond,
    double meanAbsolute, double meanAbsoluteOther, OptionalDouble meanAbsoluteNeutral, List<Double> first,
    List<Double> second,
    List<Double> neutral) {
  private static final double THRESHOLD = 0.5;

  /** The features of rows, from one gradient each. */
  static <E> double[] encode(GradientProvider<E> provider, FeatureNeuron neuron, List<E> rows, Source source) {
    double[] h = new double[rows.size()];
    for (int row = 0; row < h.length; row++) {
      try (Scope _ = Scope.open()) {
        h[row] = neuron.encode(provider.gradients(List.of(rows.get(row)), source));
      }
    }
    return h;
  }

  private static <E> double[] encodeOther(GradientProvider<E> provider, FeatureNeuron neuron, List<E> rows,
      Source source) {
    Source other = switch (source) {
      case FACTUAL -> Source.COUNTERFACTUAL;
      case COUNTERFACTUAL -> Source.FACTUAL;
      case DIFFERENCE -> Source.DIFFERENCE;
    };
    // the difference the other way round is minus the difference: feed it by turning the scale's sign
    FeatureNeuron reader = source != Source.DIFFERENCE ? neuron
        : new FeatureNeuron(neuron.encoder(), neuron.encoderBias(), neuron.decoder(), neuron.decoderBias(),
            -neuron.scale());
    return encode(provider, reader, rows, other);
  }

  /** Encodes the test and neutral rows and measures. */
  public static <E> EncoderReport of(GradientProvider<E> provider, FeatureNeuron neuron,
      List<FeatureData.Labelled<E>> test, List<E> neutral, Source source) {
    List<E> rows = test.stream().map(FeatureData.Labelled::row).toList();
    double[] labels = test.stream().mapToDouble(FeatureData.Labelled::label).toArray();
    return of(labels, encode(provider, neuron, rows, source), encodeOther(provider, neuron, rows, source),
        encode(provider, neuron, neutral, source));
  }

  /** From features already encoded; label and feature of each row, feature of the other answer, of neutral rows. */
  static EncoderReport of(double[] labels, double[] h, double[] other, double[] neutral) {
    int n = labels.length;
    double signs = IntStream.range(0, n).filter(i -> h[i] * labels[i] > 0).count() / (double) n;
    double opposite = IntStream.range(0, n).filter(i -> h[i] * labels[i] < 0).count() / (double) n;
    double[] allLabels = Arrays.copyOf(labels, n + neutral.length);
    double[] all = Arrays.copyOf(h, n + neutral.length);
    System.arraycopy(neutral, 0, all, n, neutral.length);
    return new EncoderReport(n, neutral.length, Correlation.pearson(labels, h),
        neutral.length == 0 ? OptionalDouble.empty() : Correlation.pearson(allLabels, all), signs,
        Math.max(signs, opposite), recall(allLabels, all), mean(labels, h, 1), mean(labels, h, -1), absolute(h),
        absolute(other), neutral.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(absolute(neutral)),
        features(labels, h, 1), features(labels, h, -1), DoubleStream.of(neutral).boxed().toList());
  }

  private static List<Double> features(double[] labels, double[] h, double label) {
    return IntStream.range(0, h.length).filter(i -> labels[i] == label).mapToObj(i -> h[i]).toList();
  }

  /** Mean over the classes present of the share of their rows on the right side of the thresholds. */
  private static double recall(double[] labels, double[] h) {
    return Stream.of(1.0, 0.0, -1.0)
        .map(label -> IntStream.range(0, labels.length).filter(i -> labels[i] == label).toArray())
        .filter(rows -> rows.length > 0)
        .mapToDouble(rows -> Arrays.stream(rows).filter(i -> classified(h[i]) == labels[i]).count()
            / (double) rows.length)
        .average().orElse(0);
  }

  private static double classified(double h) {
    return h > THRESHOLD ? 1 : h < -THRESHOLD ? -1 : 0;
  }

  /** Mean feature of the rows with a label. */
  static double mean(double[] labels, double[] h, double label) {
    return IntStream.range(0, h.length).filter(i -> labels[i] == label).mapToDouble(i -> h[i]).average().orElse(0);
  }

  private static double absolute(double[] h) {
    return Arrays.stream(h).map(Math::abs).average().orElse(0);
  }
}
