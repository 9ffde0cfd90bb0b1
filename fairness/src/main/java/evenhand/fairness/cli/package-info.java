/**
 * The command line.
 *
 * <p>{@link evenhand.fairness.cli.Main} runs {@link evenhand.fairness.cli.EvenhandCommand}, below which each command is
 * one class: {@link evenhand.fairness.cli.StudyCommand}, {@link evenhand.fairness.cli.AuditCommand}, {@link
 * evenhand.fairness.cli.InfluenceCommand}, {@link evenhand.fairness.cli.EraseCommand}, {@link
 * evenhand.fairness.cli.DataCommand}, {@link evenhand.fairness.cli.MethodsCommand}, {@link
 * evenhand.fairness.cli.DevicesCommand}, {@link evenhand.fairness.cli.CompletionCommand}. Options that several commands share are mixins: {@link
 * evenhand.fairness.cli.JsonOption}, {@link evenhand.fairness.cli.DeviceOptions}, {@link
 * evenhand.fairness.cli.DataOptions}, {@link evenhand.fairness.cli.ColumnOptions}, {@link
 * evenhand.fairness.cli.TrainingOptions}, {@link evenhand.fairness.cli.SeedOption}, {@link
 * evenhand.fairness.cli.SeedsOptions}. {@link evenhand.fairness.cli.StudyConfig} is a study's command line as a file,
 * {@link evenhand.fairness.cli.Terminal} knows width and colour. {@link evenhand.fairness.cli.Failures} turns every failure into one line and an
 * exit code.
 */
package evenhand.fairness.cli;
