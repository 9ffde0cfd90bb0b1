package evenhand.fairness.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/**
 * An idx file of unsigned bytes, compressed by gzip, as MNIST is published.
 *
 * <pre>
 *  2 bytes   0
 *  1 byte    8, for unsigned bytes
 *  1 byte    number of axes
 *  4 bytes   size of each axis, the most significant byte first
 *  the rest  one byte for each element, the last axis running fastest; nothing behind them
 * </pre>
 *
 * @param shape size of each axis
 * @param bytes the elements; not copied, not to be changed
 */
record Idx(int[] shape, byte[] bytes) {
  private static final int UNSIGNED_BYTES = 8;
  private static final int MAX_AXES = 4;

  /**
   * Reads a file; its header is not believed beyond the limit.
   *
   * @param axes number of axes that it must have
   * @param maxBytes most elements
   * @throws DataException if it cannot be read, is no such file, or has fewer or more bytes than its header says
   */
  static Idx read(Path path, int axes, int maxBytes) {
    try (DataInputStream in = new DataInputStream(
        new BufferedInputStream(new GZIPInputStream(Files.newInputStream(path)), 1 << 16))) {
      int magic = in.readInt();
      if (magic >>> 16 != 0 || (magic >> 8 & 0xff) != UNSIGNED_BYTES || (magic & 0xff) != axes || axes > MAX_AXES) {
        throw wrong(path, "begins with %08x, not with %08x of idx files of bytes with %d axes".formatted(magic,
            UNSIGNED_BYTES << 8 | axes, axes));
      }
      int[] shape = new int[axes];
      long size = 1;
      for (int axis = 0; axis < axes; axis++) {
        shape[axis] = in.readInt();
        size *= shape[axis]; // at most 2^26 * 2^31, so it does not overflow
        if (shape[axis] < 0 || size > maxBytes) {
          throw wrong(path, "has an axis of " + Integer.toUnsignedString(shape[axis]) + ", so it would hold more than "
              + maxBytes + " bytes");
        }
      }
      byte[] bytes = in.readNBytes((int) size); // grows as bytes come
      if (bytes.length < size) {
        throw wrong(path, "ends after " + bytes.length + " of the " + size + " bytes of " + Arrays.toString(shape));
      }
      if (in.read() >= 0) {
        throw wrong(path, "goes on behind the " + size + " bytes of " + Arrays.toString(shape));
      }
      return new Idx(shape, bytes);
    } catch (EOFException e) {
      throw wrong(path, "ends too early");
    } catch (IOException e) {
      throw new DataException(path + ": cannot be read (" + e + "); replace it by the published file", e);
    }
  }

  private static DataException wrong(Path path, String fault) {
    return new DataException(path + ": " + fault + "; replace it by the published file");
  }
}
