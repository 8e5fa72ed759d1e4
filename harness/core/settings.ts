/** The settings of a mechanism that are numbers and switches alone: the reference's values, and what a variant says otherwise. */
import type { JsonObject } from './types.ts';

/** What a reference written `as const` has, widened to what it may hold. */
export type SettingsOf<Reference> = {
  readonly [K in keyof Reference]: Reference[K] extends boolean ? boolean : number;
};

/** Names that the reference does not have, and values of another type than its own, are left alone. */
export function readSettings<Reference extends Readonly<Record<string, number | boolean>>>(
  reference: Reference,
  variant: JsonObject,
): SettingsOf<Reference> {
  const settings: Record<string, number | boolean> = { ...reference };
  for (const [name, value] of Object.entries(reference)) {
    const given = variant[name];
    if (typeof given === typeof value && (typeof given === 'number' || typeof given === 'boolean'))
      settings[name] = given;
  }
  return settings as SettingsOf<Reference>;
}
