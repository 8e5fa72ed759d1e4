/**
 * The places that a search of consensus has to come by, and what the target demands of a suite over all its patterns.
 * Each is a moment at which one of the preventions is needed.
 */
export const marks = {
  truncated: 'a follower truncated its log',
  behind: 'a follower lacked the entries before those that it got',
  conflict: 'a follower had other entries before those that it got',
  staleVote: 'a vote was refused for a stale log',
  needless: 'a pre-vote was refused by one who hears a leader',
  splitVote: 'an election ended without a winner',
  deposed: 'a leader was deposed by a higher term',
  alone: 'a leader stepped down for want of a majority',
  unanswered: 'a leader went with proposals unanswered',
  inherited: 'entries of an earlier term were committed with one of the new',
  snapshot: 'a snapshot was taken',
  installed: 'a snapshot was installed',
  repeated: 'a repeated command was answered from its session',
  torn: 'a torn log was cut at the start',
} as const;

/** In how many runs of the fixed twins. */
export const marksWanted: Readonly<Record<string, number>> = Object.fromEntries(
  Object.values(marks).map((name) => [name, 1]),
);
