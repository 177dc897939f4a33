import {
  type DescField,
  getOption,
  hasOption,
  type Message,
  type Registry,
  ScalarType,
} from '@bufbuild/protobuf';
import type { GenExtension } from '@bufbuild/protobuf/codegenv2';
import type { FieldOptions } from '@bufbuild/protobuf/wkt';
import { limitsOf, own, type Rules } from './limits.ts';
import type { Schema } from './types.ts';

/** What the rules of `buf.validate` say of a field. */
export interface Constraints {
  /** Further conditions on its schema. */
  apply(schema: Schema): Schema;
  /** Whether it has to be given: it is required, or its default breaks a rule. */
  readonly required: boolean;
}

type FieldExtension = GenExtension<FieldOptions, Message>;

const IGNORE_IF_ZERO = 1;
const IGNORE_ALWAYS = 3;
/** google.protobuf.FeatureSet.FieldPresence.IMPLICIT */
const IMPLICIT = 2;

const none: Constraints = { apply: (schema) => schema, required: false };

/** Reads the rules of fields, where the descriptors carry them. */
export function constraintsFrom(registry: Registry | undefined): (field: DescField) => Constraints {
  const extension = registry?.getExtension('buf.validate.field');
  return extension === undefined ? () => none : (field) => constraintsOf(field, extension as FieldExtension);
}

function constraintsOf(field: DescField, extension: FieldExtension): Constraints {
  if (!hasOption(field, extension)) {
    return none;
  }
  const rules = getOption(field, extension) as unknown as Rules;
  const ignore = own(rules, 'ignore');
  if (ignore === IGNORE_ALWAYS) {
    return none;
  }
  const skipsZero = ignore === IGNORE_IF_ZERO;
  const limits = limitsOf(rules);
  const zero = zeroOf(field);
  const zeroBreaks =
    !skipsZero && zero !== undefined && field.presence === IMPLICIT && !accepts(limits, zero);
  return {
    required: own(rules, 'required') === true || zeroBreaks,
    apply: (schema) => merged(schema, skipsZero ? withZero(limits, zero) : limits),
  };
}

/** What is said of a field's parts joins what the parts are. */
function merged(schema: Schema, limits: Schema): Schema {
  const both: Schema = { ...schema, ...limits };
  for (const part of ['items', 'propertyNames', 'additionalProperties'] as const) {
    const [known, further] = [schema[part], limits[part]];
    if (typeof known === 'object' && typeof further === 'object') {
      both[part] = { ...known, ...further };
    }
  }
  return both;
}

/** Rules that hold for everything but a default, as far as a schema can say so simply. */
function withZero(limits: Schema, zero: unknown): Schema {
  if (zero === undefined || accepts(limits, zero)) {
    return limits;
  }
  const { pattern, minLength, minItems, minProperties, minimum, exclusiveMinimum, ...rest } = limits;
  return { ...rest, ...(pattern !== undefined && { pattern: orEmpty(pattern) }) };
}

/** A pattern that takes an empty text as well. */
function orEmpty(pattern: string): string {
  if (new RegExp(pattern, 'u').test('')) {
    return pattern;
  }
  const whole = /^\^([^|]*)\$$/.exec(pattern)?.[1];
  return whole === undefined ? `^$|${pattern}` : `^(?:${whole})?$`;
}

/** Whether a default fits. */
function accepts(limits: Schema, zero: unknown): boolean {
  if (limits.const !== undefined && limits.const !== zero) {
    return false;
  }
  if (limits.enum !== undefined && !limits.enum.includes(zero as string)) {
    return false;
  }
  if (typeof zero === 'string') {
    return (
      !(limits.minLength ?? 0) && (limits.pattern === undefined || new RegExp(limits.pattern, 'u').test(''))
    );
  }
  if (typeof zero === 'number') {
    return (
      (limits.minimum ?? 0) <= 0 &&
      (limits.maximum ?? 0) >= 0 &&
      (limits.exclusiveMinimum ?? -1) < 0 &&
      (limits.exclusiveMaximum ?? 1) > 0
    );
  }
  return !(limits.minItems ?? 0) && !(limits.minProperties ?? 0);
}

function zeroOf(field: DescField): unknown {
  switch (field.fieldKind) {
    case 'scalar':
      return field.getDefaultValue() ?? zeroOfJson(field);
    case 'list':
    case 'map':
      return [];
    default:
      return undefined;
  }
}

/** What a scalar is when nothing was said, as JSON. */
function zeroOfJson({ scalar }: { readonly scalar: ScalarType }): unknown {
  if (scalar === ScalarType.BOOL) {
    return false;
  }
  return scalar === ScalarType.STRING || scalar === ScalarType.BYTES ? '' : 0;
}
