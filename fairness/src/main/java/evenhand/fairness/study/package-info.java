/**
 * Comparing methods on a data set over several seeds.
 *
 * <p>{@link evenhand.fairness.study.Study} runs and measures, {@link evenhand.fairness.study.StudyResult} holds what
 * came out, {@link evenhand.fairness.study.StudyJson} writes it down. {@link evenhand.fairness.study.TradeOff} compares
 * methods at matched average precision.
 */
package evenhand.fairness.study;
