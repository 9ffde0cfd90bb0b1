package evenhand.fairness.data;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * ProPublica's COMPAS file: is a defendant charged with a new crime within two years? Broward County, 2013 and 2014.
 *
 * <p>Of 7,214 rows, ProPublica's filter keeps those screened within 30 days of the arrest, with a known outcome, a
 * charge that is not an ordinary traffic offence, and a score (6,172); then the rows of African-American and Caucasian
 * defendants stay (5,278), as in FairBatch's experiments. Label 1 means <em>re-offended</em>: here the positive label
 * is the unfavourable one. The COMPAS scores themselves are not inputs.
 *
 * <p>The published file names real people; a copy with blanked names is as good, so a file with another checksum is
 * taken if its first line and its number of lines are those of the published one.
 */
public final class CompasLoader implements TableLoader {
  private static final String HEADER = "id,name,first,last,"
      + "compas_screening_date,sex,dob,age,age_cat,race,juv_fel_count,decile_score,"
      + "juv_misd_count,juv_other_count,priors_count,days_b_screening_arrest,c_jail_in,c_jail_out,"
      + "c_case_number,c_offense_date,c_arrest_date,c_days_from_compas,c_charge_degree,c_charge_desc,"
      + "is_recid,r_case_number,r_charge_degree,r_days_from_arrest,r_offense_date,r_charge_desc,r_jail_in,"
      + "r_jail_out,violent_recid,is_violent_recid,vr_case_number,vr_charge_degree,vr_offense_date,"
      + "vr_charge_desc,type_of_assessment,decile_score,score_text,screening_date,v_type_of_assessment,"
      + "v_decile_score,v_score_text,v_screening_date,in_custody,out_custody,priors_count,start,end,event,"
      + "two_year_recid";
  private static final String FILE = "compas-scores-two-years.csv";
  private static final String LABEL = "two_year_recid";
  private static final List<String> NUMBERS = List.of("age", "juv_fel_count", "juv_misd_count", "juv_other_count",
      "priors_count");
  private static final int MAX_DAYS = 30;

  private static final DataSource SOURCE = new DataSource("compas",
      URI.create("https://raw.githubusercontent.com/propublica/compas-analysis/master/" + FILE),
      List.of(new DataSource.File(FILE, "873148a4dbb099b891ddd96d8f78cd63587d04256c3a74be4efa14a8ac78fcac", 1 << 23,
          Optional.of(HEADER), 7215, Optional.empty())));

  private static final Card CARD = new Card("compas", "ProPublica COMPAS, recidivism within two years",
      "A row is a defendant of Broward County, Florida, screened in 2013 or 2014. ProPublica's filter, then"
          + " African-American and Caucasian defendants only. The positive label 1 is re-offended, the unfavourable"
          + " outcome. Race can be named as a second sensitive column.",
      5278, LABEL, "1", List.of("sex"), true, "logistic", 0.2, "https://github.com/propublica/compas-analysis",
      "published by ProPublica, none stated",
      "A new charge is not a new crime: policing differs by neighbourhood and group; the two-year rule was applied"
          + " unevenly in the file (Barenstein 2019); risk scores are no benchmark for method papers without their"
          + " context (Bao et al. 2021).",
      Map.of("batch", "200", "learning-rate", "0.002", "epochs", "100", "fairbatch.alpha", "0.005"));

  /** For the service loader. */
  public CompasLoader() {}

  @Override
  public Card card() {
    return CARD;
  }

  @Override
  public Optional<DataSource> source() {
    return Optional.of(SOURCE);
  }

  @Override
  public Dataset load(DataFiles files, long seed) {
    return Loaders.checked(parse(files.get(SOURCE, FILE)));
  }

  /** Reads a file in the publisher's layout, however many rows it has. */
  static Dataset parse(Path file) {
    // Two names occur twice, decile_score and priors_count; both columns of the latter are the same.
    Cells cells = Cells.read(file, Cells.Layout.HEADER);
    List<Table.Column> columns = new ArrayList<>(NUMBERS.stream().map(cells::numeric).toList());
    for (String name : List.of("c_charge_degree", "sex", "race", LABEL)) {
      columns.add(cells.categorical(name));
    }
    Table all = new Table(CARD.name(), columns);
    double[] days = cells.numeric("days_b_screening_arrest").values();
    List<String> recidivist = cells.column("is_recid");
    List<String> score = cells.column("score_text");
    Table.Categorical charge = all.categorical("c_charge_degree");
    Table.Categorical race = all.categorical("race");
    Table kept = all.filter(row -> Math.abs(days[row]) <= MAX_DAYS // false where missing
        && !recidivist.get(row).equals("-1")
        && !charge.text(row).equals("O")
        && !score.get(row).equals("N/A")
        && (race.text(row).equals("African-American") || race.text(row).equals("Caucasian")));
    return new Dataset(CARD, kept, true, new int[0]);
  }
}
