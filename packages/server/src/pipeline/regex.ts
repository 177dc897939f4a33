import { RE2JS } from '@bufbuild/re2';

/** Whether text matches a pattern of a contract. */
type Matcher = (against: string) => boolean;

/**
 * One class of characters, repeated, between anchors: what nearly all patterns of contracts are. JavaScript means
 * the same by it as RE2, and cannot backtrack in it.
 */
const PLAIN = /^\^\[(?:[^\]\\]|\\x[0-9a-fA-F]{2}|\\[-\]\\^])+\](?:\{\d+(?:,\d*)?\}|[*+?])\$$/;

/** Patterns remembered; a rule may make patterns of what it is given, so they could be many. */
const MAX_REMEMBERED = 1024;

const matchers = new Map<string, Matcher>();

/**
 * Matches by RE2, whose time grows with the text alone, whatever the pattern; by the engine's own expressions, many
 * times as fast, where those cannot do worse. Patterns come from contracts, so there are few.
 */
export function regexMatch(pattern: string, against: string): boolean {
  let matcher = matchers.get(pattern);
  if (matcher === undefined) {
    matcher = PLAIN.test(pattern) ? native(pattern) : linear(pattern);
    if (matchers.size >= MAX_REMEMBERED) {
      matchers.clear();
    }
    matchers.set(pattern, matcher);
  }
  return matcher(against);
}

function native(pattern: string): Matcher {
  const expression = new RegExp(pattern, 'u');
  return (against) => expression.test(against);
}

function linear(pattern: string): Matcher {
  const expression = RE2JS.compile(pattern);
  return (against) => expression.test(against);
}
