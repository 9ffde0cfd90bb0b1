package evenhand.tensor.cpu;

import evenhand.tensor.spi.Backend.AdamStep;

/**
 * The constants of a step of Adam, rounded to float32 once.
 *
 * @param gradient factor of the gradient
 * @param shrink factor of the weight, 1 unless the decay is decoupled
 * @param weightDecay share of the weight in the gradient, 0 if the decay is decoupled
 * @param rest1 {@code 1 - beta1}
 * @param rest2 {@code 1 - beta2}
 * @param rate {@code rate / (1 - beta1^t)}
 * @param scale {@code 1 / (1 - beta2^t)}
 */
record AdamFactors(float gradient, float shrink, float weightDecay, float beta1, float rest1, float beta2, float rest2,
    float rate, float scale, float epsilon) {
  static AdamFactors of(double gradient, AdamStep settings, int t) {
    double correction1 = 1 - Math.pow(settings.beta1(), t);
    double correction2 = 1 - Math.pow(settings.beta2(), t);
    boolean decoupled = settings.decoupled();
    return new AdamFactors((float) gradient,
        decoupled ? (float) (1 - settings.rate() * settings.weightDecay()) : 1,
        decoupled ? 0 : (float) settings.weightDecay(), (float) settings.beta1(), (float) (1 - settings.beta1()),
        (float) settings.beta2(), (float) (1 - settings.beta2()), (float) (settings.rate() / correction1),
        (float) (1 / correction2), (float) settings.epsilon());
  }
}
