package evenhand.autograd.nn;

/** What a forward pass is for; layers that behave differently in the two hold no mode of their own. */
public enum Phase {
  /** Dropout drops; batch normalisation uses the batch's statistics and updates the running ones. */
  TRAIN,
  /** Dropout is the identity; batch normalisation uses the running statistics. */
  EVALUATE
}
