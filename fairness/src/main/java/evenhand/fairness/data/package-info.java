/**
 * Data sets: tables, sensitive attributes, splits, encoding, and where files come from.
 *
 * <p>The map, in reading order:
 *
 * <ul>
 *   <li>{@link evenhand.fairness.data.Datasets}: the way in, by name or from a CSV file ({@link
 *       evenhand.fairness.data.CsvOptions});
 *   <li>{@link evenhand.fairness.data.Dataset}: a {@link evenhand.fairness.data.Table} of typed columns and its {@link
 *       evenhand.fairness.data.Card}; choosing sensitive columns;
 *   <li>{@link evenhand.fairness.data.Partition}: which rows train and which test; {@link
 *       evenhand.fairness.data.Encoder}: columns become numbers, fitted on training rows alone; {@link
 *       evenhand.fairness.data.Split}: both sides encoded; {@link
 *       evenhand.fairness.data.Pairs}: rows and counterfactual rows, to repair and to measure on, made by {@link
 *       evenhand.fairness.data.Counterfactuals};
 *   <li>{@link evenhand.fairness.data.Samples}: rows ready for a model, with their {@link
 *       evenhand.fairness.data.Inputs}; {@link evenhand.fairness.data.Attribute}: who
 *       belongs to which group;
 *   <li>{@link evenhand.fairness.data.DatasetLoader}: one class for each known data set, found as a service: a
 *       {@link evenhand.fairness.data.TableLoader} or, for images, a {@link evenhand.fairness.data.SplitLoader}; {@link
 *       evenhand.fairness.data.DataFiles} and {@link evenhand.fairness.data.DataSource}: directory, cache, download,
 *       checksum;
 *   <li>{@link evenhand.fairness.data.DataException}: what a user has to put right.
 * </ul>
 */
package evenhand.fairness.data;
