/**
 * Comparing methods on a data set over several seeds.
 *
 * <p>{@link evenhand.fairness.study.Study} runs and measures, {@link evenhand.fairness.study.StudyResult} holds what
 * came out, {@link evenhand.fairness.study.StudyJson} writes it down. {@link evenhand.fairness.study.Comparison}
 * compares methods seed by seed, {@link evenhand.fairness.study.MatchedAccuracy} at matched accuracy over their strengths,
 * {@link evenhand.fairness.study.RunStore} keeps finished runs. {@link evenhand.fairness.study.InfluenceStudy} asks which training rows make a
 * gap, and trains again without them to check.
 */
package evenhand.fairness.study;
