package evenhand.fairness.algorithms;

import static evenhand.fairness.algorithms.Rows.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import evenhand.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The shares and the rule that moves them; u1 and u0 are the shares of group b among labels 1 and 0. */
class FairBatchSharesTests {
  private static final Rows SHIPPED = Rows.of(726, 256, 392, 626);
  private static final Offset<Double> EXACT = within(1e-12);
  private static final double NONE = Double.NaN;

  private static FairBatchShares shares(Rows rows, Target target, String... settings) {
    return new FairBatchShares(rows.cells(), target, settings(settings), 100);
  }

  /** Losses by label and group: A00, A01, A10, A11. */
  private static double[][] losses(double a00, double a01, double a10, double a11) {
    return new double[][]{{a00, a01}, {a10, a11}};
  }

  private static double u(FairBatchShares shares, int label) {
    return shares.withinLabel()[label][1];
  }

  /** S = (36.3, 12.8; 19.6, 31.3) of 2,000 rows at B = 100. */
  @ParameterizedTest
  @EnumSource
  void cellSizesOfTheShippedSample(Target target) {
    for (String form : List.of("shares=within-label", "shares=whole-batch")) {
      FairBatchShares shares = shares(SHIPPED, target, form);
      assertThat(u(shares, 1)).isCloseTo(626.0 / 1018, EXACT);
      assertThat(u(shares, 0)).isCloseTo(256.0 / 982, EXACT);
      assertThat(shares.sizes()).isDeepEqualTo(new int[][]{{36, 13}, {20, 31}});
    }
  }

  @Test
  void halvesAreRoundedToEven() {
    assertThat(shares(Rows.of(25, 35, 45, 95), Target.EQUAL_OPPORTUNITY).sizes()) // 12.5, 17.5, 22.5, 47.5
        .isDeepEqualTo(new int[][]{{12, 18}, {22, 48}});
  }

  @Test
  void equalOpportunityFavoursTheWorsePositives() {
    FairBatchShares shares = shares(SHIPPED, Target.EQUAL_OPPORTUNITY);
    assertThat(shares.update(losses(9, 0, 0.4, 0.5), 1)).contains("label=1, group=b");
    assertThat(u(shares, 1)).isCloseTo(626.0 / 1018 + 0.005, EXACT);
    assertThat(u(shares, 0)).isCloseTo(256.0 / 982, EXACT);
    assertThat(shares.update(losses(0, 9, 0.5, 0.4), 2)).contains("label=1, group=a");
    assertThat(u(shares, 1)).isCloseTo(626.0 / 1018, EXACT);
  }

  @Test
  void equalizedOddsMovesTheLabelWithTheLargerGap() {
    FairBatchShares shares = shares(SHIPPED, Target.EQUALIZED_ODDS);
    assertThat(shares.update(losses(0.6, 0.3, 0.4, 0.5), 1)).contains("label=0, group=a");
    assertThat(u(shares, 0)).isCloseTo(256.0 / 982 - 0.005, EXACT);
    assertThat(u(shares, 1)).isCloseTo(626.0 / 1018, EXACT);
  }

  /** A high loss of negatives against target 1 means a low positive rate, so those get fewer rows. */
  @Test
  void demographicParityIsReversedAtLabelZero() {
    FairBatchShares shares = shares(SHIPPED, Target.DEMOGRAPHIC_PARITY);
    assertThat(shares.update(losses(0.3, 0.6, 0.4, 0.5), 1)).contains("label=0, group=a");
    assertThat(u(shares, 0)).isCloseTo(256.0 / 982 - 0.005, EXACT);
    assertThat(shares.update(losses(0.5, 0.5, 0.4, 0.5), 2)).contains("label=1, group=b");
    assertThat(u(shares, 1)).isCloseTo(626.0 / 1018 + 0.005, EXACT);
  }

  /** The published rule of two groups, written out, against the general one, with ties in a third of the updates. */
  @ParameterizedTest
  @EnumSource
  void tenThousandUpdatesFollowThePublishedCode(Target target) {
    FairBatchShares shares = shares(SHIPPED, target, "ties=parity", "alpha=0.03");
    Rng random = new Rng(3);
    double u1 = u(shares, 1);
    double u0 = u(shares, 0);
    for (int t = 1; t <= 10_000; t++) {
      double[][] a = randomLosses(random, t);
      double g1 = Math.abs(a[1][1] - a[1][0]);
      double g0 = Math.abs(a[0][1] - a[0][0]);
      if (target == Target.EQUAL_OPPORTUNITY || g1 > g0) {
        u1 = Math.clamp(u1 + (a[1][1] > a[1][0] ? 0.03 : -0.03), 0, 1);
      } else {
        double sign = target == Target.DEMOGRAPHIC_PARITY ? -1 : 1;
        u0 = Math.clamp(u0 + sign * (a[0][1] > a[0][0] ? 0.03 : -0.03), 0, 1);
      }
      double[][] before = shares.withinLabel();
      shares.update(a, t);
      double[][] after = shares.withinLabel();
      assertThat(after[1][1]).isCloseTo(u1, within(1e-9)).isBetween(0.0, 1.0);
      assertThat(after[0][1]).isCloseTo(u0, within(1e-9)).isBetween(0.0, 1.0);
      assertThat(after[1][0]).isCloseTo(1 - u1, within(1e-9)).isBetween(0.0, 1.0);
      assertThat(after[0][0]).isCloseTo(1 - u0, within(1e-9)).isBetween(0.0, 1.0);
      assertThat(Arrays.equals(before[0], after[0]) || Arrays.equals(before[1], after[1])).isTrue();
    }
  }

  /** The paper's rule, written out, in shares of the whole batch. */
  @ParameterizedTest
  @EnumSource
  void tenThousandUpdatesFollowThePaper(Target target) {
    FairBatchShares shares = shares(SHIPPED, target, "shares=whole-batch", "alpha=0.01");
    boolean parity = target == Target.DEMOGRAPHIC_PARITY;
    double[] upper = parity ? new double[]{1118 / 2000.0, 882 / 2000.0} : new double[]{982 / 2000.0, 1018 / 2000.0};
    double first = 726 / 2000.0; // of (0, a)
    double second = parity ? 256 / 2000.0 : 392 / 2000.0; // of (0, b); else of (1, a)
    Rng random = new Rng(4);
    for (int t = 1; t <= 10_000; t++) {
      double[][] a = randomLosses(random, t);
      double d0 = a[0][0] - a[0][1];
      double d1 = a[1][0] - a[1][1];
      if (target != Target.EQUAL_OPPORTUNITY && Math.abs(d0) > Math.abs(d1)) {
        first = Math.clamp(first + (parity ? -0.01 : 0.01) * Math.signum(d0), 0, upper[0]);
      } else {
        second = Math.clamp(second + 0.01 * Math.signum(d1), 0, upper[1]);
      }
      shares.update(a, t);
      double[][] whole = shares.wholeBatch();
      assertThat(whole[0][0]).isCloseTo(first, within(1e-9));
      assertThat(parity ? whole[0][1] : whole[1][0]).isCloseTo(second, within(1e-9));
      assertThat(parity ? whole[1][0] : whole[0][1]).isCloseTo(upper[0] - first, within(1e-9));
      assertThat(whole[1][1]).isCloseTo(upper[1] - second, within(1e-9));
    }
  }

  /** Losses in steps of 1/8, so that equal ones and equal gaps come up often, at times leaning to one side for long. */
  private static double[][] randomLosses(Rng random, int t) {
    double lean = t / 500 % 2 == 0 ? 0 : 0.25;
    return losses(random.nextInt(8) / 8.0, random.nextInt(8) / 8.0 + lean, random.nextInt(8) / 8.0 + lean,
        random.nextInt(8) / 8.0);
  }

  /** u1 = 1 - lambda2 m / m_{1,*}, u0 = 1 - lambda1 m / m_{0,*}, alpha_paper = alpha_code m_{y,*} / m. */
  @ParameterizedTest
  @CsvSource({"EQUAL_OPPORTUNITY, 726, 256, 392, 626", "EQUALIZED_ODDS, 700, 300, 400, 600"})
  void theFormsAreOneRuleInTwoUnits(Target target, int m00, int m01, int m10, int m11) {
    Rows rows = Rows.of(m00, m01, m10, m11);
    double ones = (double) (m10 + m11) / rows.y().length;
    FairBatchShares code = shares(rows, target, "alpha=0.01");
    FairBatchShares paper = shares(rows, target, "shares=whole-batch", "alpha=" + 0.01 * ones);
    Rng random = new Rng(5);
    for (int t = 1; t <= 1000; t++) {
      double[][] a = losses(random.nextDouble(), random.nextDouble(), random.nextDouble(), random.nextDouble());
      code.update(a, t);
      paper.update(a, t);
      assertThat(u(code, 1)).isCloseTo(1 - paper.wholeBatch()[1][0] / ones, within(1e-9));
      assertThat(u(code, 0)).isCloseTo(1 - paper.wholeBatch()[0][0] / (1 - ones), within(1e-9));
    }
  }

  @Test
  void atEqualLossesNothingMovesByDefault() {
    for (String form : List.of("shares=within-label", "shares=whole-batch")) {
      for (Target target : Target.values()) {
        FairBatchShares shares = shares(SHIPPED, target, form);
        assertThat(shares.update(losses(0.3, 0.3, 0.2, 0.2), 1)).isEmpty();
        assertThat(u(shares, 1)).isCloseTo(626.0 / 1018, EXACT);
        assertThat(u(shares, 0)).isCloseTo(256.0 / 982, EXACT);
      }
    }
  }

  @Test
  void atEqualLossesParityTakesTheElseBranch() {
    FairBatchShares opportunity = shares(SHIPPED, Target.EQUAL_OPPORTUNITY, "ties=parity");
    opportunity.update(losses(0.3, 0.3, 0.2, 0.2), 1);
    assertThat(u(opportunity, 1)).isCloseTo(626.0 / 1018 - 0.005, EXACT);
    FairBatchShares odds = shares(SHIPPED, Target.EQUALIZED_ODDS, "ties=parity");
    odds.update(losses(0.3, 0.3, 0.2, 0.2), 1);
    assertThat(u(odds, 0)).isCloseTo(256.0 / 982 - 0.005, EXACT);
    assertThat(u(odds, 1)).isEqualTo(626.0 / 1018);
    FairBatchShares parity = shares(SHIPPED, Target.DEMOGRAPHIC_PARITY, "ties=parity");
    parity.update(losses(0.3, 0.3, 0.2, 0.2), 1);
    assertThat(u(parity, 0)).isCloseTo(256.0 / 982 + 0.005, EXACT);
  }

  @Test
  void equalGapsSelectLabelZeroAndInThePapersFormLabelOne() {
    for (String ties : List.of("ties=stay", "ties=parity")) {
      FairBatchShares code = shares(SHIPPED, Target.EQUALIZED_ODDS, ties);
      assertThat(code.update(losses(0.25, 0.5, 0.25, 0.5), 1)).contains("label=0, group=b");
      FairBatchShares paper = shares(SHIPPED, Target.EQUALIZED_ODDS, ties, "shares=whole-batch");
      assertThat(paper.update(losses(0.25, 0.5, 0.25, 0.5), 1)).contains("label=1, group=b");
    }
  }

  @Test
  void gapsWithinTheDeadBandMoveNothing() {
    for (String ties : List.of("ties=stay", "ties=parity")) {
      FairBatchShares shares = shares(SHIPPED, Target.EQUAL_OPPORTUNITY, "dead-band=0.25", ties);
      assertThat(shares.update(losses(0, 0, 0.5, 0.75), 1)).isEmpty();
      assertThat(shares.update(losses(0, 0, 0.5, 0.5), 1)).isEmpty();
      assertThat(shares.update(losses(0, 0, 0.5, 0.76), 1)).contains("label=1, group=b");
    }
  }

  @Test
  void decayShortensTheStepsOfLaterEpochs() {
    FairBatchShares shares = shares(SHIPPED, Target.EQUAL_OPPORTUNITY, "decay=0.5", "alpha=0.06");
    shares.update(losses(0, 0, 0.4, 0.5), 1); // 0.06
    shares.update(losses(0, 0, 0.4, 0.5), 3); // 0.06 / (1 + 0.5 * 2)
    assertThat(u(shares, 1)).isCloseTo(626.0 / 1018 + 0.06 + 0.03, EXACT);
  }

  @Test
  void noDonorFallsBelowTheFloor() {
    for (String form : List.of("shares=within-label", "shares=whole-batch")) {
      for (Target target : Target.values()) {
        FairBatchShares shares = shares(SHIPPED, target, "share-floor=0.1", "alpha=0.07", form);
        assertThat(shares.atEdge()).isFalse();
        for (int t = 1; t <= 50; t++) {
          shares.update(losses(0, 0, 0.5, 0.4), t);
        }
        assertThat(shares.atEdge()).as("%s %s", form, target).isTrue();
        boolean split = form.endsWith("whole-batch") && target == Target.DEMOGRAPHIC_PARITY;
        assertThat(split ? shares.wholeBatch()[1][1] / 0.441 : u(shares, 1)).isCloseTo(0.1, EXACT);
        assertThat(shares.update(losses(0, 0, 0.5, 0.4), 51)).isEmpty();
      }
    }
  }

  /** DP's gaps .1 and .2; the odds' .3 and .1 at weight k. */
  @Test
  void theCombinedCriterionMovesTheLargestWeightedGap() {
    double[][] a = {{0.5, 0.4}, {0.4, 0.6}, {0.5, 0.2}, {0.4, 0.5}};
    for (String form : List.of("shares=within-label", "shares=whole-batch")) {
      FairBatchShares light = shares(SHIPPED, Target.DEMOGRAPHIC_PARITY, "odds-weight=0.5", form);
      light.update(a, 1); // parity at label 1 is the largest: towards (1, b)
      assertThat(light.wholeBatch()[1][1]).as(form).isGreaterThan(0.313);
      FairBatchShares heavy = shares(SHIPPED, Target.DEMOGRAPHIC_PARITY, "odds-weight=1", form);
      heavy.update(a, 1); // the odds at label 0: towards (0, a), where parity at label 0 would go away from it
      assertThat(heavy.wholeBatch()[0][0]).as(form).isGreaterThan(0.363);
    }
  }

  @Test
  void ofSeveralGroupsTheWidestPairMoves() {
    Rows rows = Rows.of(List.of("a", "b", "c"), new int[]{20, 30, 50}, new int[]{40, 5, 55});
    FairBatchShares shares = shares(rows, Target.EQUALIZED_ODDS, "alpha=0.03");
    double[][] a = {{0.5, 0.2, 0.3}, {0.4, 0.1, 0.9}};
    assertThat(shares.update(a, 1)).contains("label=1, group=c");
    assertThat(shares.withinLabel()[1]).containsExactly(new double[]{0.4, 0.02, 0.58}, EXACT);
    assertThat(shares.withinLabel()[0]).containsExactly(new double[]{0.2, 0.3, 0.5}, EXACT);
    shares.update(a, 2); // b has 0.02 left to give
    assertThat(shares.withinLabel()[1]).containsExactly(new double[]{0.4, 0, 0.6}, EXACT);
    assertThat(shares.update(a, 3)).isEmpty();
    assertThat(shares.sizes()[1]).containsExactly(20, 0, 30);
    assertThat(shares.atEdge()).isTrue();
  }

  @Test
  void rowsOfUnknownGroupKeepTheirShare() {
    Rows rows = Rows.of(List.of("a", "b"), new int[]{30, 30, 40}, new int[]{20, 20, 60});
    FairBatchShares shares = shares(rows, Target.EQUAL_OPPORTUNITY, "alpha=0.3");
    assertThat(shares.update(new double[][]{{0, 0, NONE}, {0.4, 0.5, NONE}}, 1)).contains("label=1, group=b");
    assertThat(shares.withinLabel()[1]).containsExactly(new double[]{0, 0.4, 0.6}, EXACT);
    assertThat(shares.sizes()).isDeepEqualTo(new int[][]{{15, 15, 20}, {0, 20, 30}});
  }

  @Test
  void theGapOfALabelWithAnEmptyCellNeverMoves() {
    Rows rows = Rows.of(60, 0, 20, 20);
    for (String ties : List.of("ties=stay", "ties=parity")) {
      FairBatchShares shares = shares(rows, Target.EQUALIZED_ODDS, ties);
      assertThat(shares.notes()).containsExactly("label=0, group=b has no training rows; its gap is undetermined and"
          + " never moves");
      assertThat(shares.update(losses(9, NONE, 0.4, 0.5), 1)).contains("label=1, group=b");
      assertThat(shares.withinLabel()[0]).containsExactly(1, 0);
      assertThat(shares.sizes()).isDeepEqualTo(new int[][]{{60, 0}, {20, 20}});
      assertThat(shares.atEdge()).isFalse();
    }
  }

  /** In the paper's form of demographic parity group b's rows are split between labels, and here there is one label. */
  @Test
  void noShareMovesToAnEmptyCell() {
    FairBatchShares shares = shares(Rows.of(60, 0, 20, 20), Target.DEMOGRAPHIC_PARITY, "shares=whole-batch");
    assertThat(shares.update(losses(0.5, NONE, 0.5, 0.4), 1)).isEmpty();
    assertThat(shares.sizes()).isDeepEqualTo(new int[][]{{60, 0}, {20, 20}});
  }

  @Test
  void aTargetWithoutAnyGapIsRejectedNamingTheCells() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> shares(Rows.of(50, 30, 20, 0), Target.EQUAL_OPPORTUNITY))
        .withMessage("fairbatch: no gap of equal_opportunity can be determined, since label=1, group=b have no training"
            + " rows; choose another target or other groups");
    for (Target target : Target.values()) { // an empty group
      assertThatIllegalArgumentException().isThrownBy(() -> shares(Rows.of(50, 0, 20, 0), target))
          .withMessageContaining("label=0, group=b; label=1, group=b");
    }
    assertThat(shares(Rows.of(50, 30, 20, 0), Target.EQUALIZED_ODDS).update(losses(1, 2, 3, NONE), 1))
        .contains("label=0, group=b");
  }

  @Test
  void oneGroupIsRejected() {
    Rows rows = Rows.of(List.of("all"), new int[]{30}, new int[]{40});
    assertThatIllegalArgumentException().isThrownBy(() -> shares(rows, Target.EQUAL_OPPORTUNITY))
        .withMessage("fairbatch: no gap of equal_opportunity can be determined, since the groups [all] are fewer than"
            + " two; choose another target or other groups");
  }

  @Test
  void thePapersDemographicParityNeedsTwoGroups() {
    Rows rows = Rows.of(List.of("a", "b", "c"), new int[]{20, 30, 50}, new int[]{40, 5, 55});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> shares(rows, Target.DEMOGRAPHIC_PARITY, "shares=whole-batch"))
        .withMessageContaining("two groups, the data has 3; use shares=within-label");
    assertThat(shares(rows, Target.EQUALIZED_ODDS, "shares=whole-batch").sizes()[0]).containsExactly(10, 15, 25);
  }

  @Test
  void oneRowCellsAreNoted() {
    assertThat(shares(Rows.of(60, 1, 20, 20), Target.EQUALIZED_ODDS).notes())
        .containsExactly("label=0, group=b has one training row, which is repeated in every batch");
  }

  @ParameterizedTest
  @EnumSource
  void exactBatchesAreExact(Target target) {
    for (String form : List.of("shares=within-label", "shares=whole-batch")) {
      FairBatchShares shares = shares(SHIPPED, target, "exact-batch=yes", "alpha=0.0137", form);
      assertThat(shares.sizes()).isDeepEqualTo(new int[][]{{36, 13}, {20, 31}});
      Rng random = new Rng(6);
      for (int t = 1; t <= 500; t++) {
        shares.update(randomLosses(random, t), t);
        assertThat(Arrays.stream(shares.sizes()).flatMapToInt(Arrays::stream).sum()).isEqualTo(100);
        assertThat(Arrays.stream(shares.sizes()).flatMapToInt(Arrays::stream)).allMatch(size -> size >= 0);
      }
    }
  }

  /** Wanted 1.5 + 1.5 + 1.5 + .5 of 5: the floor leaves two, which go to the first of the equal remainders. */
  @Test
  void theLargestRemaindersAreRoundedUp() {
    var shares = new FairBatchShares(Rows.of(6, 6, 6, 2).cells(), Target.EQUALIZED_ODDS, settings("exact-batch=yes"),
        5);
    assertThat(shares.sizes()).isDeepEqualTo(new int[][]{{2, 2}, {1, 0}});
  }

  @Test
  void settingsOutOfRangeAreRejected() {
    for (String setting : List.of("alpha=0", "alpha=-1", "share-floor=-0.1", "share-floor=0.6", "dead-band=-1",
        "decay=-1", "odds-weight=-1", "pretrain=-1")) {
      assertThatIllegalArgumentException().as(setting).isThrownBy(() -> settings(setting))
          .withMessageContaining("fairbatch settings are out of range");
    }
  }
}
