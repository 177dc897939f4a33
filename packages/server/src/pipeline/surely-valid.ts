import {
  type DescField,
  type DescMessage,
  getOption,
  hasOption,
  isFieldSet,
  ScalarType,
} from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import * as rules from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { regexMatch } from './regex.ts';

/** Whether a message surely keeps all rules of its type. Where it says no, only a validator can tell. */
export type SurelyValid = (message: object) => boolean;

type Fields = Readonly<Record<string, unknown>>;
type Keeps = (value: unknown) => boolean;

/**
 * Compiles the rules that most requests of most contracts have: lengths and patterns of strings, bounds of 32-bit
 * numbers, in the message itself and in those it holds. A fifth of what a validator takes, which in return knows all
 * rules and says what is wrong. `undefined` for types with other rules; of messages with such rules inside of others it
 * is sure as long as they are not set.
 */
export function surelyValid(desc: DescMessage): SurelyValid | undefined {
  return compile(desc, new Map());
}

function compile(desc: DescMessage, known: Map<DescMessage, SurelyValid>): SurelyValid | undefined {
  const before = known.get(desc);
  if (before !== undefined) {
    return before;
  }
  if (hasOption(desc, rules.message) || desc.oneofs.some((oneof) => hasOption(oneof, rules.oneof))) {
    return undefined;
  }
  const checks: SurelyValid[] = [];
  const { typeName } = desc;
  let isKnown = true;
  const valid: SurelyValid = (message) => {
    if (!isKnown || (message as Fields).$typeName !== typeName) {
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
      // Whoever holds this one by now is to ask a validator.
      isKnown = false;
      return undefined;
    }
    if (check !== 'none') {
      checks.push(check);
    }
  }
  return valid;
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
  if (
    field.fieldKind !== 'scalar' ||
    field.presence !== Presence.IMPLICIT ||
    !hasOnly(own, rules.FieldRulesSchema, ['ignore', 'string', 'int32']) ||
    !(ignore === rules.Ignore.UNSPECIFIED || ignore === rules.Ignore.IF_ZERO_VALUE)
  ) {
    return undefined;
  }
  const keeps = scalarRule(field.scalar, own);
  if (keeps === undefined) {
    return undefined;
  }
  const zero = field.scalar === ScalarType.STRING ? '' : 0;
  return ignore === rules.Ignore.IF_ZERO_VALUE
    ? (message) => (message as Fields)[name] === zero || keeps((message as Fields)[name])
    : (message) => keeps((message as Fields)[name]);
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

/** Whether a message of rules says nothing but what is in a list. */
function hasOnly<D extends DescMessage>(message: object, schema: D, names: readonly string[]): boolean {
  const own = message as Parameters<typeof isFieldSet>[0];
  return (
    own.$unknown === undefined &&
    schema.fields.every((field) => names.includes(field.localName) || !isFieldSet(own, field))
  );
}

function scalarRule(scalar: ScalarType, { type }: rules.FieldRules): Keeps | undefined {
  if (type.case === 'string' && scalar === ScalarType.STRING) {
    return stringRule(type.value);
  }
  if (type.case === 'int32' && scalar === ScalarType.INT32) {
    return hasOnly(type.value, rules.Int32RulesSchema, ['gte', 'lte']) ? within(type.value) : undefined;
  }
  return undefined;
}

function within({ greaterThan, lessThan }: rules.Int32Rules): Keeps | undefined {
  const least = greaterThan.case === 'gte' ? greaterThan.value : Number.NEGATIVE_INFINITY;
  const most = lessThan.case === 'lte' ? lessThan.value : Number.POSITIVE_INFINITY;
  // Bounds the wrong way round mean what lies outside of them.
  return least > most ? undefined : (value) => typeof value === 'number' && value >= least && value <= most;
}

function stringRule(own: rules.StringRules): Keeps | undefined {
  if (!hasOnly(own, rules.StringRulesSchema, ['minLen', 'maxLen', 'pattern'])) {
    return undefined;
  }
  const isSet = (name: 'minLen' | 'maxLen' | 'pattern'): boolean =>
    isFieldSet(own, rules.StringRulesSchema.field[name]);
  // Lengths are those in characters, of which one takes up to two units of a string.
  const minUnits = isSet('minLen') ? Number(own.minLen) * 2 - 1 : 0;
  const maxUnits = isSet('maxLen') ? Number(own.maxLen) : Number.POSITIVE_INFINITY;
  const { pattern } = own;
  const matches = isSet('pattern') ? (value: string): boolean => regexMatch(pattern, value) : undefined;
  return (value) =>
    typeof value === 'string' &&
    value.length >= minUnits &&
    value.length <= maxUnits &&
    (matches === undefined || matches(value));
}
