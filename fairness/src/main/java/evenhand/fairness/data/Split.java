package evenhand.fairness.data;

/**
 * Training and test rows, both encoded as the training rows say.
 *
 * @param train what methods may learn from
 * @param test what metrics are taken on
 * @param encoder how columns became inputs, fitted on the training rows alone
 */
public record Split(Samples train, Samples test, Encoder encoder) {}
