/**
 * What people read of results: tables, a verdict in words, reports.
 *
 * <p>A {@link evenhand.fairness.report.Page} says what a report holds: words, {@link evenhand.fairness.report.DataTable
 * tables} and {@link evenhand.fairness.report.Figure figures}, each given once. {@link
 * evenhand.fairness.report.HtmlPage} makes one HTML file of it, {@link evenhand.fairness.report.FigureSvg} draws its figures
 * for files and paper, the page's script draws them with ECharts. {@link evenhand.fairness.report.StudyReport} makes a
 * study's page of {@link evenhand.fairness.report.StudySections} and {@link evenhand.fairness.report.ModelSections}.
 *
 * <p>{@link evenhand.fairness.report.Verdict} says in words what came out, the same on the terminal and in the report;
 * {@link evenhand.fairness.report.TextTable} aligns columns; {@link evenhand.fairness.report.OutputFiles} writes so that no
 * half-written file is ever seen.
 */
package evenhand.fairness.report;
