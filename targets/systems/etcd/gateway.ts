/**
 * The v3 JSON gateway of one etcd member, over fetch. One request, one answer: no retries, no other member, no queue.
 */

/** What a request came to when it did not come to an answer; `classify` says what that means. */
export class GatewayError extends Error {
  /** Of the connection (`ECONNREFUSED`), of gRPC (`14`), or `TimeoutError`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'GatewayError';
    this.code = code;
  }
}

/** @throws GatewayError */
export async function post<T>(address: string, path: string, body: unknown, timeoutMs: number): Promise<T> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`http://${address}/v3/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await answer.text();
  } catch (error) {
    throw connectionError(error);
  }
  if (answer.ok) return JSON.parse(text) as T;
  throw serverError(answer.status, text);
}

function connectionError(error: unknown): GatewayError {
  if (!(error instanceof Error)) return new GatewayError('unknown', String(error));
  const cause = error.cause;
  if (cause instanceof Error) {
    return new GatewayError('code' in cause ? String(cause.code) : cause.name, cause.message || error.message);
  }
  return new GatewayError(error.name, error.message);
}

function serverError(status: number, text: string): GatewayError {
  try {
    const { code, error } = JSON.parse(text) as { code?: number; error?: string };
    return new GatewayError(String(code ?? status), error ?? text);
  } catch {
    return new GatewayError(`HTTP ${status}`, text.slice(0, 200));
  }
}

/**
 * Errors after which an operation certainly did not happen, each with its reason. Everything else is `info`: it may have
 * happened, or may happen later.
 */
export const certainFailures: readonly {
  readonly matches: (error: GatewayError) => boolean;
  readonly because: string;
}[] = [
  {
    matches: ({ code }) => code === 'ECONNREFUSED',
    because: 'nobody listened, so the request was never sent',
  },
  {
    matches: ({ message }) => message.includes('etcdserver: too many requests'),
    because: 'refused before it was proposed, because too many proposals wait to be applied',
  },
  {
    matches: ({ message }) => message.includes('etcdserver: not capable'),
    because: 'refused on arrival: the members have not yet agreed on a version',
  },
];
