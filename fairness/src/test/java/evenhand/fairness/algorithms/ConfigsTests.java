package evenhand.fairness.algorithms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigsTests {
  private static final FairBatch.Config DEFAULTS = new FairBatch().defaults();

  private static FairBatch.Config with(String key, String word) {
    return Configs.with(DEFAULTS, "fairbatch", Map.of(key, word));
  }

  @Test
  void settingsAreWords() {
    assertThat(Configs.words(DEFAULTS)).containsExactly(entry("alpha", "0.005"), entry("shares", "within-label"),
        entry("replacement", "no"), entry("share-floor", "0.0"), entry("dead-band", "0.0"), entry("decay", "0.0"),
        entry("ties", "stay"), entry("exact-batch", "no"), entry("odds-weight", "0.0"), entry("pretrain", "0"));
    assertThat(Configs.words(new Erm.Config())).isEmpty();
  }

  @Test
  void settingsAreDescribed() {
    assertThat(Configs.describe(DEFAULTS)).contains(
        new Configs.Setting("alpha", "0.005", "a number", "step of the shares"),
        new Configs.Setting("pretrain", "0", "a whole number", "epochs of plain training first"),
        new Configs.Setting("exact-batch", "no", "yes or no", "make every batch exactly as large as asked"),
        new Configs.Setting("ties", "stay", "one of stay, parity",
            "what happens at equal losses: nothing, or the published code's branch"));
  }

  @Test
  void wordsReplaceSettings() {
    assertThat(with("share-floor", "0.02").shareFloor()).isEqualTo(0.02);
    assertThat(with("pretrain", "3").pretrain()).isEqualTo(3);
    assertThat(with("shares", "whole-batch").shares()).isEqualTo(FairBatch.Shares.WHOLE_BATCH);
    assertThat(with("shares", "WHOLE_BATCH").shares()).isEqualTo(FairBatch.Shares.WHOLE_BATCH);
    assertThat(with("replacement", "yes").replacement()).isTrue();
    assertThat(with("replacement", "true").replacement()).isTrue();
    assertThat(Configs.with(with("replacement", "yes"), "fairbatch", Map.of("replacement", "no"))).isEqualTo(DEFAULTS);
    assertThat(with("alpha", "1e-3").decay()).as("the others stay").isEqualTo(DEFAULTS.decay());
  }

  @Test
  void everySettingSurvivesARoundTrip() {
    var odd = new FairBatch.Config(1.0 / 3, FairBatch.Shares.WHOLE_BATCH, true, 1e-17, Double.MIN_VALUE, 1e300,
        FairBatch.Ties.PARITY, true, Math.PI, Integer.MAX_VALUE);
    assertThat(Configs.with(DEFAULTS, "fairbatch", Configs.words(odd))).isEqualTo(odd);
    var training = new TrainingConfig(7, 13, 0.1 + 0.2, TrainingConfig.Optimizer.SGD, 1e-5, 2, 0.2);
    assertThat(Configs.with(TrainingConfig.DEFAULT, "model", Configs.words(training))).isEqualTo(training);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "alpha | fast | a number",
      "alpha | NaN | a number",
      "alpha | Infinity | a number",
      "alpha | '' | a number",
      "pretrain | 1.5 | a whole number",
      "pretrain | 99999999999 | a whole number",
      "replacement | maybe | yes or no",
      "shares | both | one of within-label, whole-batch",
  })
  void wordsThatCannotBeReadAreNamedWithWhatWouldDo(String key, String word, String choices) {
    assertThatIllegalArgumentException().isThrownBy(() -> with(key, word))
        .withMessage("setting fairbatch." + key + "=" + word + " cannot be read; give " + choices);
  }

  @Test
  void unknownSettingsAreNamedWithTheKnownOnes() {
    assertThatIllegalArgumentException().isThrownBy(() -> with("shareFloor", "0.1"))
        .withMessage("setting fairbatch.shareFloor is unknown; choose one of alpha, shares, replacement, share-floor,"
            + " dead-band, decay, ties, exact-batch, odds-weight, pretrain");
    assertThatIllegalArgumentException().isThrownBy(() -> Configs.with(new Erm.Config(), "erm", Map.of("alpha", "1")))
        .withMessage("setting erm.alpha is unknown; erm has no settings");
  }

  @Test
  void theRecordsOwnMessageComesThrough() {
    assertThatIllegalArgumentException().isThrownBy(() -> with("alpha", "-1"))
        .withMessageStartingWith("fairbatch settings are out of range: alpha -1.0 must be above 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"epochs=0", "batch=0", "learning-rate=0", "learning-rate=-1", "weight-decay=-1",
      "logit-scale=0", "initial-scale=-0.1"})
  void trainingSettingsOutOfRangeAreRejected(String setting) {
    String[] pair = setting.split("=");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Configs.with(TrainingConfig.DEFAULT, "model", Map.of(pair[0], pair[1])))
        .withMessageStartingWith("model settings are out of range: ").withMessageContaining(pair[0] + " " + pair[1]);
  }

  @Test
  void trainingSettingsThatAreNoNumbersAreRejected() {
    var adam = TrainingConfig.Optimizer.ADAM;
    assertThatIllegalArgumentException().isThrownBy(() -> new TrainingConfig(1, 1, Double.NaN, adam, 0, 1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new TrainingConfig(1, 1, 1, adam, Double.NaN, 1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new TrainingConfig(1, 1, 1, adam, 0, Double.NaN, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new TrainingConfig(1, 1, 1, adam, 0, 1, Double.NaN));
  }

  /** The keys of a record within stand among the others. */
  @Test
  void settingsOfARecordWithin() {
    var config = new GapRegularization.Config(1);
    assertThat(Configs.words(config)).containsExactly(Map.entry("lambda", "1.0"), Map.entry("rows-per-group", "0"),
        Map.entry("steps", "0"), Map.entry("held-out", "0.0"), Map.entry("warm-up", "3"), Map.entry("floor", "0.95"));
    assertThat(Configs.describe(config)).allSatisfy(setting -> assertThat(setting.help()).isNotEmpty());
    assertThat(Configs.with(config, "gap-regularization", Map.of("held-out", "0.25", "lambda", "2")))
        .isEqualTo(new GapRegularization.Config(2, new GapTraining(0, 0, 0.25, 3, 0.95)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Configs.with(config, "gap-regularization", Map.of("warm-up", "soon")))
        .withMessageStartingWith("setting gap-regularization.warm-up=soon cannot be read");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Configs.with(config, "gap-regularization", Map.of("held-out", "2")))
        .withMessageStartingWith("settings of batches and epochs are out of range");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Configs.with(config, "gap-regularization", Map.of("heldout", "2")))
        .withMessage("setting gap-regularization.heldout is unknown; choose one of lambda, rows-per-group, steps,"
            + " held-out, warm-up, floor");
  }
}
