package evenhand.fairness.data;

import evenhand.tensor.Rng;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Colored MNIST: which digit does a coloured image show, where the colour gives it away in training?
 *
 * <p>Both published constructions of Chen et al., Fast Model Debias, NeurIPS 2023: {@code foreground} multiplies each
 * pixel by the colour, to which noise is added for each image, clamped to [0, 1]; {@code background} makes every pixel
 * that is not black white and fills the rest with the colour. Both use the ten colours of the second, one for each digit.
 *
 * <p>For each digit {@code floor(ratio * n)} training images have its own colour, and the rest are spread evenly over the
 * other nine (the published code deals the rest out in blocks, which leaves the last colours short). Test images have
 * uniform colours, the ratio being one in ten. Images outside the training rows are external pairs: an image in its
 * digit's own colour, and the same image in another. Test pairs are made of the test images in that way. Images, colours
 * and noise are drawn by the seed. Inputs are in [0, 1]; the authors' network divides by 255 twice.
 */
public final class ColoredMnistLoader implements SplitLoader<ColoredMnistLoader.Config> {
  /** How an image is coloured. */
  public enum Colouring {
    /** The digit is tinted, the background stays black. */
    FOREGROUND,
    /** The background is filled, the digit is white. */
    BACKGROUND
  }

  /**
   * Settings.
   *
   * @param ratio share of the training images of a digit in its own colour, in [0, 1]
   * @param colouring which construction
   * @param tintSd standard deviation of the colour's noise, at least 0; of {@code foreground} alone
   * @param train number of training images, at least 10
   * @param external number of external pairs, at least 2; with the training images at most 60,000
   * @param test number of test images, 10 to 10,000
   */
  public record Config(double ratio, Colouring colouring, double tintSd, int train, int external, int test) {
    /** Checks the ranges. */
    public Config {
      if (!(ratio >= 0 && ratio <= 1) || !(tintSd >= 0 && tintSd <= 1) || train < DIGITS || external < 2
          || (long) train + external > TRAIN_IMAGES || test < DIGITS || test > TEST_IMAGES) {
        throw new IllegalArgumentException("data settings of colored-mnist are out of range: ratio " + ratio
            + " and tint-sd " + tintSd + " must be from 0 to 1, train " + train + " at least 10, external " + external
            + " at least 2, both together at most 60000, test " + test + " from 10 to 10000");
      }
    }
  }

  /**
   * Grey images of digits.
   *
   * @param pixels all images, one after the other
   * @param labels 0 to 9
   */
  record Digits(byte[] pixels, int[] labels) {
    int size() {
      return pixels.length / labels.length;
    }
  }

  private static final int DIGITS = 10;
  private static final int TRAIN_IMAGES = 60_000;
  private static final int TEST_IMAGES = 10_000;
  private static final int SIDE = 28;
  private static final int MAX_BYTES = 1 << 26;

  private static final List<String> COLOURS = List.of("red", "green", "blue", "yellow", "magenta", "cyan", "orange",
      "pink", "violet", "grey");
  private static final int[][] RGB = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {225, 225, 0}, {225, 0, 225},
      {0, 255, 255}, {255, 128, 0}, {255, 0, 128}, {128, 0, 255}, {128, 128, 128}};
  private static final List<String> LABELS = IntStream.range(0, DIGITS).mapToObj(Integer::toString).toList();

  private static final DataSource SOURCE = new DataSource("mnist",
      URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/"),
      List.of(
          DataSource.File.compressed("train-images-idx3-ubyte.gz",
              "7ff28fd295f802eefc6d40e461175dfe4b969b1842b2abc8c6dc8c20711cf79f", "6bbc9ace898e44ae57da46a324031adb",
              MAX_BYTES),
          DataSource.File.compressed("train-labels-idx1-ubyte.gz",
              "81a978ae83d39ffdba0db3ce2fcaf80a8921e9629e874428996a2b03242d4b2a", "a25bea736e30d166cdddb491f175f624",
              MAX_BYTES),
          DataSource.File.compressed("t10k-images-idx3-ubyte.gz",
              "197e111ae341b0770be9011ac5e622d0e6cd1c640b32eb0de5dc1dd26cc6e182", "2646ac647ad5339dbf082846283269ea",
              MAX_BYTES),
          DataSource.File.compressed("t10k-labels-idx1-ubyte.gz",
              "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b", "27ae3e4e09519cfbb04c329615203637",
              MAX_BYTES)));

  private static final Card CARD = new Card("colored-mnist",
      "Colored MNIST, digits whose colour tells them in training",
      "A row is a handwritten digit of MNIST, 28 x 28 pixels in red, green and blue. In training most images of a digit"
          + " have its own one of ten colours; in the test images colours are uniform. Besides there are pairs of the"
          + " same image in the digit's own colour and in another: of external images, to repair a model on, and of"
          + " the test images, for the counterfactual bias.",
      TRAIN_IMAGES + TEST_IMAGES, "digit", "", List.of("colour"), true, "mlp:100,100,100",
      (double) TEST_IMAGES / (TRAIN_IMAGES + TEST_IMAGES), SOURCE.address().toString(), "CC BY-SA 3.0",
      "A toy: the bias is put in by hand, is one colour a digit, and is the same for every image. Colours are no people;"
          + " good for checking a method, not for choosing one.",
      Map.of("batch", "256", "learning-rate", "0.001", "weight-decay", "0.00001", "epochs", "20", "target",
          "equalized_odds",
          "fast-model-debias.curvature-rows", "25000"));

  /** For the service loader. */
  public ColoredMnistLoader() {}

  @Override
  public Card card() {
    return CARD;
  }

  @Override
  public Optional<DataSource> source() {
    return Optional.of(SOURCE);
  }

  @Override
  public Config defaults() {
    return new Config(0.99, Colouring.FOREGROUND, 0.02, 50_000, 10_000, TEST_IMAGES);
  }

  @Override
  public Map<String, String> help() {
    return Map.of("ratio", "share of a digit's training images that have its own colour", "colouring",
        "tint the digit, or fill the background behind a white digit", "tint-sd",
        "standard deviation of the noise on the colour of each image, with foreground", "train",
        "number of training images", "external", "number of external pairs, of images that do not train", "test",
        "number of test images");
  }

  @Override
  public LongFunction<Split> splits(DataFiles files, Config settings) {
    Digits train = digits(files, "train", TRAIN_IMAGES);
    Digits test = digits(files, "t10k", TEST_IMAGES);
    return seed -> split(train, test, settings, new Rng(seed).split(CARD.name()));
  }

  private static Digits digits(DataFiles files, String part, int count) {
    Idx images = Idx.read(files.get(SOURCE, part + "-images-idx3-ubyte.gz"), 3, MAX_BYTES);
    Idx labels = Idx.read(files.get(SOURCE, part + "-labels-idx1-ubyte.gz"), 1, MAX_BYTES);
    int[] y = new int[labels.bytes().length];
    Arrays.setAll(y, image -> labels.bytes()[image]);
    if (!Arrays.equals(images.shape(), new int[]{count, SIDE, SIDE}) || y.length != count
        || Arrays.stream(y).anyMatch(label -> label < 0 || label >= DIGITS)) {
      throw new DataException("mnist: the " + part + " files are not " + count + " images of " + SIDE + " x " + SIDE
          + " pixels with as many labels from 0 to 9; replace them by the published files");
    }
    return new Digits(images.bytes(), y);
  }

  /** Training, external and test rows of the given images. */
  static Split split(Digits train, Digits test, Config settings, Rng random) {
    int[] order = random.split("images").permutation(train.labels().length);
    int[] training = Arrays.copyOf(order, settings.train());
    int[] external = Arrays.copyOfRange(order, settings.train(), settings.train() + settings.external());
    int[] testing = Arrays.copyOf(random.split("test").permutation(test.labels().length), settings.test());
    return new Split(
        biased(train, training, settings.ratio(), settings, random.split("train colours")),
        biased(test, testing, 1.0 / DIGITS, settings, random.split("test colours")),
        pairs(train, external, settings, random.split("external pairs")),
        pairs(test, testing, settings, random.split("test pairs")));
  }

  private static Samples biased(Digits digits, int[] images, double ratio, Config settings, Rng random) {
    return samples(digits, images, colours(Attribute.gather(digits.labels(), images), ratio, random.split("colours")),
        settings, random.split("noise"));
  }

  /** A colour for each label: its own for a share of each digit's rows, the others evenly for the rest. */
  static int[] colours(int[] labels, double ratio, Rng random) {
    int[] colours = new int[labels.length];
    for (int digit = 0; digit < DIGITS; digit++) {
      int own = digit;
      int[] rows = IntStream.range(0, labels.length).filter(row -> labels[row] == own).toArray();
      Rng draw = random.split(digit);
      draw.shuffle(rows);
      int aligned = (int) Math.floor(ratio * rows.length + 1e-9); // .07 * 100 is below 7
      int start = draw.nextInt(DIGITS - 1);
      for (int i = 0; i < rows.length; i++) {
        colours[rows[i]] = i < aligned ? own : other(own, start + i - aligned);
      }
    }
    return colours;
  }

  /** One of the nine other colours, by number. */
  private static int other(int own, int number) {
    return (own + 1 + number % (DIGITS - 1)) % DIGITS;
  }

  private static Pairs pairs(Digits digits, int[] images, Config settings, Rng random) {
    int[] own = Attribute.gather(digits.labels(), images);
    Rng draw = random.split("colours");
    int[] others = Arrays.stream(own).map(digit -> other(digit, draw.nextInt(DIGITS - 1))).toArray();
    return new Pairs(samples(digits, images, own, settings, random.split("own noise")),
        samples(digits, images, others, settings, random.split("other noise")));
  }

  private static Samples samples(Digits digits, int[] images, int[] colours, Config settings, Rng noise) {
    boolean background = settings.colouring() == Colouring.BACKGROUND;
    float[] rgb = new float[ColoredImages.PLANES * images.length];
    for (int i = 0; i < rgb.length; i++) {
      double mean = RGB[colours[i / ColoredImages.PLANES]][i % ColoredImages.PLANES] / 255.0;
      rgb[i] = background ? (float) mean : (float) Math.clamp(mean + settings.tintSd() * noise.nextGaussian(), 0, 1);
    }
    return new Samples(new ColoredImages(digits.pixels(), digits.size(), images, rgb, background),
        Attribute.gather(digits.labels(), images), columns(digits.size()), LABELS,
        List.of(new Attribute("colour", COLOURS, colours)));
  }

  private static List<String> columns(int size) {
    return Stream.of("red", "green", "blue").flatMap(plane -> IntStream.range(0, size).mapToObj(i -> plane + " " + i))
        .toList();
  }
}
