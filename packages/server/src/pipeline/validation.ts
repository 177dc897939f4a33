import {
  create,
  type DescField,
  type DescMessage,
  hasOption,
  isMessage,
  type Message,
  type Registry,
} from '@bufbuild/protobuf';
import type { Path } from '@bufbuild/protobuf/reflect';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { CompilationError, createValidator, type Violation } from '@bufbuild/protovalidate';
import * as rules from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { fieldPolicyOf } from '@traffic-tacos/policy';
import type { FailureDetail } from '../errors/failure.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { expectation } from './expectation.ts';
import { isField, pathText, valueAt } from './field-path.ts';
import { valueIn } from './fields.ts';
import { regexMatch } from './regex.ts';
import { surelyValid } from './surely-valid.ts';

/**
 * Throws INVALID_ARGUMENT, with one detail per violation, when a request breaks a rule of its contract. Its sentences are
 * in the words of the wire: over REST and WebSocket those of JSON.
 */
export type Validate = (request: Message, exchange: { readonly protocol: string }) => void;

/** Compiles the rules of request types. */
export type ValidationCompiler = (request: DescMessage) => Validate | undefined;

/** Protocols whose callers write requests in JSON only. */
const JSON_PROTOCOLS: ReadonlySet<string> = new Set(['rest', 'websocket']);

const MAX_VALUE = 64;
const MAX_NAMED = 3;

/** Entries of lists and maps up to which every violation of a request is named. */
const MAX_ELEMENTS = 1_000;

/** Violations that one answer names: they travel in headers. */
const MAX_DETAILS = 20;

/** @param registry - the full descriptors, for rules that need further types */
export function validationCompiler(registry: Registry | undefined): ValidationCompiler {
  const options = { regexMatch, ...(registry && { registry }) };
  const validator = createValidator(options);
  // Finds out at the first violation: what is wrong a million times over must not cost a million looks.
  const first = createValidator({ ...options, failFast: true });
  return (desc) => {
    if (!hasRules(desc, new Set())) {
      return undefined;
    }
    // Rules compile at first use; a contract with a broken one must not start to serve.
    const trial = validator.validate(desc, create(desc));
    if (trial.error instanceof CompilationError) {
      throw new Error(`${desc.typeName}: ${trial.error.message}`);
    }
    const isSurelyValid = surelyValid(desc);
    return (request, exchange) => {
      if (isSurelyValid?.(request) === true) {
        return;
      }
      const verdict = first.validate(desc, request);
      if (verdict.kind === 'valid') {
        return;
      }
      const result =
        verdict.kind === 'invalid' && isSmall(desc, request) ? validator.validate(desc, request) : verdict;
      if (result.kind === 'invalid') {
        throw refusal(request, result.violations, JSON_PROTOCOLS.has(exchange.protocol));
      }
      if (result.kind === 'error') {
        throw result.error;
      }
    };
  };
}

/** Whether a request is looked through for everything that is wrong with it. */
function isSmall(desc: DescMessage, request: Message): boolean {
  return elements(desc, request, MAX_ELEMENTS) <= MAX_ELEMENTS;
}

/** Entries of lists and maps in a message and the messages in it; counting ends beyond `limit`. */
function elements(desc: DescMessage, message: Message, limit: number): number {
  let count = 0;
  for (const field of desc.fields) {
    const value = valueIn(message, field);
    if (value === undefined || count > limit) {
      continue;
    }
    const entries = Array.isArray(value)
      ? value
      : field.fieldKind === 'map'
        ? Object.values(value as object)
        : undefined;
    count += entries?.length ?? 0;
    if (field.message !== undefined && count <= limit) {
      const inner = entries ?? [value];
      for (const one of inner) {
        count += isMessage(one) ? elements(field.message, one, limit - count) : 0;
      }
    }
  }
  return count;
}

function hasRules(desc: DescMessage, seen: Set<DescMessage>): boolean {
  if (seen.has(desc)) {
    return false;
  }
  seen.add(desc);
  return (
    hasOption(desc, rules.message) ||
    desc.oneofs.some((oneof) => hasOption(oneof, rules.oneof)) ||
    desc.fields.some(
      (field) =>
        hasOption(field, rules.field) || (field.message !== undefined && hasRules(field.message, seen)),
    )
  );
}

function refusal(request: Message, violations: readonly Violation[], isJson: boolean): Error {
  const found = violations.slice(0, MAX_DETAILS).map((violation) => describe(request, violation, isJson));
  const named = found.slice(0, MAX_NAMED).map(({ sentence }) => sentence);
  const more = violations.length > MAX_NAMED ? `; and ${violations.length - MAX_NAMED} more` : '';
  return runtimeFailure(
    'INVALID_ARGUMENT',
    `${named.join('; ')}${more}`,
    found.map(({ detail }) => detail),
  );
}

function describe(
  request: Message,
  violation: Violation,
  isJson: boolean,
): { sentence: string; detail: FailureDetail } {
  const secret = violation.field.some((step) => isField(step) && isSecret(step));
  const found = valueAt(request, violation.field);
  const value = secret ? '' : shorten(show(found, violation.field.at(-1)));
  return {
    sentence: sentenceOf(violation, { found, shown: value, secret, isJson }),
    detail: {
      field: pathToString(violation.field),
      reason: violation.ruleId.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase(),
      value,
    },
  };
}

function sentenceOf(
  violation: Violation,
  what: { found: unknown; shown: string; secret: boolean; isJson: boolean },
): string {
  const place = pathText(violation.field, what.isJson);
  const expected = expectation(violation, what.isJson);
  if (place !== '' && !violation.forKey && isNothing(what.found, violation)) {
    const isEntry = ['list_sub', 'map_sub'].includes(violation.field.at(-1)?.kind ?? '');
    const missing = isEntry ? 'is empty' : 'is missing';
    return `${place} ${missing}${expected === undefined ? '' : `: expected ${expected}`}`;
  }
  // A rule's own message may quote the value.
  const own = what.secret ? `breaks the rule ${violation.ruleId}` : violation.message;
  const text = expected === undefined ? own : `expected ${expected}`;
  return place === '' ? text : `${place}: ${text}${what.secret ? '' : `; found "${what.shown}"`}`;
}

/** Whether a rule is broken because nothing was given. A number of 0 may have been. */
function isNothing(found: unknown, { field, ruleId }: Violation): boolean {
  const last = field.at(-1);
  if (isField(last) && last.fieldKind === 'enum') {
    return found === 0;
  }
  return (
    found === undefined ||
    found === '' ||
    ruleId === 'required' ||
    (found instanceof Uint8Array && found.length === 0) ||
    (Array.isArray(found) && found.length === 0)
  );
}

function isSecret(field: DescField): boolean {
  const policy = fieldPolicyOf(field);
  return policy?.secret === true || policy?.credential === true;
}

function show(value: unknown, last: Path[number] | undefined): string {
  if (Array.isArray(value)) {
    return `${value.length} entries`;
  }
  if (value instanceof Uint8Array) {
    return `${value.length} bytes`;
  }
  if (isField(last) && last.enum !== undefined && typeof value === 'number') {
    return last.enum.value[value]?.name ?? String(value);
  }
  if (typeof value === 'object' && value !== null) {
    return isField(last) && last.fieldKind === 'map' ? `${Object.keys(value).length} entries` : '';
  }
  return value === undefined || value === null ? '' : String(value);
}

function shorten(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
