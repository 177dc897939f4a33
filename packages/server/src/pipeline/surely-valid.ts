import {
  type DescField,
  type DescMessage,
  getOption,
  hasOption,
  type Message,
  ScalarType,
} from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import * as rules from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { type KeepsRule, surelyCel } from './surely-cel.ts';
import { hasOnly, keptRule } from './surely-kept.ts';

/** Whether a message surely keeps all rules of its type. Where it says no, only a validator can tell. */
export type SurelyValid = (message: object) => boolean;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Compiles the rules that most requests of most contracts have: lengths and patterns of strings, bounds of whole numbers,
 * values of enums, lists of strings, and how fields go together, in the message itself and in those it holds. A fifth of
 * what a validator takes, which in return knows all rules and says what is wrong. `undefined` for types with other rules
 * on what every message has; of what may be left out and has other rules, only that it is left out is sure.
 */
export function surelyValid(desc: DescMessage): SurelyValid | undefined {
  return compile(desc, new Map());
}

function compile(desc: DescMessage, known: Map<DescMessage, SurelyValid>): SurelyValid | undefined {
  const before = known.get(desc);
  if (before !== undefined) {
    return before;
  }
  const whole = messageRules(desc);
  if (whole === undefined || desc.oneofs.some((oneof) => hasOption(oneof, rules.oneof))) {
    return undefined;
  }
  const checks: SurelyValid[] = [];
  const { typeName } = desc;
  const valid: SurelyValid = (message) => {
    if ((message as Fields).$typeName !== typeName) {
      return false;
    }
    for (const check of checks) {
      if (!check(message)) {
        return false;
      }
    }
    return true;
  };
  // A message may hold itself.
  known.set(desc, valid);
  for (const field of desc.fields) {
    const check = fieldCheck(field, known);
    if (check === undefined) {
      // A message that holds one of this type may have been compiled by now.
      checks.unshift(() => false);
      return undefined;
    }
    if (check !== 'none') {
      checks.push(check);
    }
  }
  // They go by what the fields have been found to be.
  for (const keeps of whole) {
    checks.push((message) => keeps(message as Message));
  }
  return valid;
}

/** What is said of a message as a whole. */
function messageRules(desc: DescMessage): readonly KeepsRule[] | undefined {
  if (!hasOption(desc, rules.message)) {
    return [];
  }
  const own = getOption(desc, rules.message);
  const compiled = own.cel.map(({ expression }) => surelyCel(expression, desc));
  return hasOnly(own, rules.MessageRulesSchema, ['cel']) && compiled.every((keeps) => keeps !== undefined)
    ? compiled
    : undefined;
}

function fieldCheck(
  field: DescField,
  known: Map<DescMessage, SurelyValid>,
): SurelyValid | 'none' | undefined {
  const { localName: name } = field;
  if (!hasOption(field, rules.field)) {
    return field.message === undefined ? withoutRules(field) : nested(field, field.message, known);
  }
  const own = getOption(field, rules.field);
  const { ignore } = own;
  const isPlain = field.fieldKind === 'scalar' || field.fieldKind === 'enum';
  if (
    !(isPlain || field.fieldKind === 'list') ||
    (isPlain && field.presence !== Presence.IMPLICIT) ||
    !hasOnly(own, rules.FieldRulesSchema, ['ignore', own.type.case ?? '']) ||
    !(ignore === rules.Ignore.UNSPECIFIED || ignore === rules.Ignore.IF_ZERO_VALUE)
  ) {
    return undefined;
  }
  const keeps = keptRule(field, own);
  const mayBeLeftOut = isPlain && ignore === rules.Ignore.IF_ZERO_VALUE;
  if (keeps === undefined) {
    return mayBeLeftOut ? (message) => isZero(field, (message as Fields)[name]) : undefined;
  }
  return mayBeLeftOut
    ? (message) => isZero(field, (message as Fields)[name]) || keeps((message as Fields)[name])
    : (message) => keeps((message as Fields)[name]);
}

/** Whether a value is what a field that was left out has. */
function isZero(field: DescField, value: unknown): boolean {
  return field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING ? value === '' : value === 0;
}

function withoutRules({ presence }: DescField): 'none' | undefined {
  return presence === Presence.LEGACY_REQUIRED ? undefined : 'none';
}

/** A field without rules, of a type that may have some. */
function nested(
  field: DescField,
  type: DescMessage,
  known: Map<DescMessage, SurelyValid>,
): SurelyValid | 'none' | undefined {
  const { localName: name } = field;
  if (field.fieldKind !== 'message' || field.oneof !== undefined || withoutRules(field) === undefined) {
    return undefined;
  }
  const valid = compile(type, known);
  return (message) => {
    const value = (message as Fields)[name];
    return (
      value === undefined ||
      (valid !== undefined && typeof value === 'object' && value !== null && valid(value))
    );
  };
}
