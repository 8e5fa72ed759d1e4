/**
 * Bundles the report's app into `dist/reports/html`, after `tsc` has filled `dist`: `node reports/html/build.mjs`.
 * Fails when the script outgrows its limit, because every report carries it.
 */
import { writeAssets } from '../../dist/reports/html/assets.js';

const limit = 120_000;
const { script, style } = writeAssets(
  new URL('./app/', import.meta.url),
  new URL('../../dist/reports/html/', import.meta.url),
);
if (script.length > limit) {
  process.stderr.write(`The report's script has ${script.length} bytes, more than the ${limit} allowed.\n`);
  process.exitCode = 1;
}
process.stdout.write(`report app: ${script.length} bytes of script, ${style.length} bytes of style\n`);
