/** A history.bincode of dbcop, as serde and bincode 1 write it: for tests and the fuzz. */
export interface BincodeTransaction {
  readonly events: readonly {
    readonly write: boolean;
    readonly variable: number;
    readonly value: number;
    readonly success: boolean;
  }[];
  readonly success: boolean;
}

export function bincode(sessions: readonly (readonly BincodeTransaction[])[]): Uint8Array {
  const bytes: number[] = [];
  const whole = (value: number): void => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, BigInt(value), true);
    bytes.push(...new Uint8Array(view.buffer));
  };
  const string = (text: string): void => {
    const encoded = new TextEncoder().encode(text);
    whole(encoded.byteLength);
    bytes.push(...encoded);
  };
  for (const parameter of [0, sessions.length, 2, 2, 2]) whole(parameter);
  for (const text of ['generated', '2019-10-01T00:00:00+00:00', '2019-10-01T00:00:01+00:00']) string(text);
  whole(sessions.length);
  for (const session of sessions) {
    whole(session.length);
    for (const { events, success } of session) {
      whole(events.length);
      for (const event of events) {
        bytes.push(Number(event.write));
        whole(event.variable);
        whole(event.value);
        bytes.push(Number(event.success));
      }
      bytes.push(Number(success));
    }
  }
  return new Uint8Array(bytes);
}
