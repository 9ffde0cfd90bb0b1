package evenhand.autograd.optim;

/**
 * Follows the losses of a run's steps and says where they went wrong.
 *
 * <p>A loss is wrong if it is not finite, or beyond 10^6 times the first one (or 10^6, if that is more): no such run
 * comes back. It began to explode where it last rose beyond 10 times the first one (or 10).
 */
final class LossWatch {
  private static final double EXPLODED = 1e6;
  private static final double RISING = 10;

  private long step;
  private double first;
  private boolean rising;
  private String origin = "";

  /**
   * Takes the loss of the next step.
   *
   * @param batch from 1
   * @throws ArithmeticException if it is wrong, naming epoch, batch, step, value, origin and remedy
   */
  void take(float loss, int epoch, int batch, int batches) {
    step++;
    first = step == 1 ? loss : first;
    double size = Math.abs(loss) / Math.max(1, Math.abs(first));
    if (!Float.isFinite(loss) || size > EXPLODED) {
      throw new ArithmeticException("training: the loss is " + loss + " at epoch " + epoch + ", batch " + batch + " of "
          + batches + " (step " + step + ")" + (rising ? origin : step == 1 ? "" : "; before that it was moderate")
          + "; lower the learning rate, standardise the inputs, or look for NaN in the data");
    }
    if (size > RISING && !rising) {
      origin = "; it began to explode at epoch " + epoch + ", batch " + batch + " (step " + step + ", loss " + loss
          + ", first loss " + (float) first + ")";
    }
    rising = size > RISING;
  }
}
