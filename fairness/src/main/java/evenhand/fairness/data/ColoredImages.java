package evenhand.fairness.data;

import java.util.Arrays;

/**
 * Grey images that are coloured when they are read: red, green and blue planes, each row by row, in [0, 1].
 *
 * <p>A row takes one byte a pixel, shared by all rows of the same image, and its colour; as numbers it would take
 * twelve.
 *
 * @param pixels all images, {@code size} bytes each, 0 to 255; shared, not to be changed
 * @param size pixels of an image
 * @param image which image each row shows
 * @param colour red, green and blue of each row, in [0, 1]
 * @param background is the background filled with the colour, and all that is not black made white? else each pixel is
 *     its brightness times the colour
 */
record ColoredImages(byte[] pixels, int size, int[] image, float[] colour, boolean background) implements Inputs {
  /** Number of colour planes. */
  static final int PLANES = 3;

  @Override
  public int rows() {
    return image.length;
  }

  @Override
  public int columns() {
    return PLANES * size;
  }

  @Override
  public void read(int row, float[] into, int at) {
    int from = image[row] * size;
    for (int plane = 0; plane < PLANES; plane++) {
      float tint = colour[PLANES * row + plane];
      int to = at + plane * size;
      if (background) {
        for (int pixel = 0; pixel < size; pixel++) {
          into[to + pixel] = pixels[from + pixel] != 0 ? 1 : tint;
        }
      } else {
        float scale = tint / 255;
        for (int pixel = 0; pixel < size; pixel++) {
          into[to + pixel] = (pixels[from + pixel] & 0xff) * scale;
        }
      }
    }
  }

  @Override
  public Inputs select(int[] rows) {
    float[] chosen = new float[PLANES * rows.length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(colour, PLANES * rows[i], chosen, PLANES * i, PLANES);
    }
    return new ColoredImages(pixels, size, Arrays.stream(rows).map(row -> image[row]).toArray(), chosen, background);
  }
}
