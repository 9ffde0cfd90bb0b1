/**
 * What people read of results: tables, a verdict in words, the report of a study.
 *
 * <p>{@link evenhand.fairness.report.StudyReport} writes a study's directory: {@link
 * evenhand.fairness.report.HtmlReport} with its {@link evenhand.fairness.report.ScatterPlot}, the JSON of {@link
 * evenhand.fairness.study.StudyJson} and a CSV of means. {@link
 * evenhand.fairness.report.Verdict} says in words what came out, the same on the terminal and in the report; {@link
 * evenhand.fairness.report.TextTable} aligns columns; {@link
 * evenhand.fairness.report.OutputFiles} writes so that no half-written file is ever seen.
 */
package evenhand.fairness.report;
