/**
 * elle-cli's histories in JSON: an array of the operation maps that Jepsen has in EDN, `[{"process": 0, "type": "invoke",
 * "f": "txn", "value": [["append", 3, 1], ["r", 3, null]]}, …]`, or one such map after the other.
 */
import { jsonElements } from './json-survey.ts';
import { fromOpMaps, type Reading } from './op-maps.ts';
import type { ParsedHistory } from './pairing.ts';

/** Throws a HarnessError that names file, line and what was expected there. */
export const readJson = (text: string, file: string, reading?: Reading): ParsedHistory =>
  fromOpMaps(jsonElements(text, file), file, reading);
