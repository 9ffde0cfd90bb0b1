package evenhand.fairness.study;

import evenhand.fairness.data.Card;
import evenhand.fairness.data.Split;
import java.util.function.LongFunction;

/**
 * The data of a study.
 *
 * @param card what they are
 * @param rows number of all rows
 * @param splits the split of a seed; generated data are generated anew for each
 * @param resplit do the seeds deal out the same rows anew? Then the test rows of two seeds overlap, and so do the
 *     training rows
 */
public record StudyData(Card card, int rows, LongFunction<Split> splits, boolean resplit) {}
