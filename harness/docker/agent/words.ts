/** How errors of tools are told: one line, the tool's own words. */
export function reason(error: unknown): string {
  if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' && error.stderr.trim() !== '') {
    return error.stderr.trim().split('\n')[0] as string;
  }
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
