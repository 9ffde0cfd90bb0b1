/**
 * Files of tensors: the safetensors format, both ways.
 *
 * <pre>
 *  8 bytes          length n of the header, little-endian
 *  n bytes          the header, a JSON object in UTF-8, padded with spaces:
 *                   {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ..,
 *                    "__metadata__": {"KEY": "VALUE", ..}}
 *  the rest         the tensors' numbers, little-endian, row by row; offsets count from here
 * </pre>
 *
 * <p>A file comes from outside, so nothing in it is believed: {@link evenhand.autograd.io.Header} checks every length,
 * offset, shape and type against the file's size before anything is read or allocated, and whatever is wrong is a
 * {@link evenhand.autograd.io.FormatException} that names the file, the fault and the remedy.
 *
 * <p>The map: {@link evenhand.autograd.io.Safetensors} (open, read, write), {@link evenhand.autograd.io.Header} (the
 * checks), {@link evenhand.autograd.io.ElementType} (the format's number types),
 * {@link evenhand.autograd.io.FormatException}.
 */
package evenhand.autograd.io;
