import type { Schema } from './types.ts';

/** The fields of a message of rules. */
export type Rules = Readonly<Record<string, unknown>>;

/** The rules as a schema. */
export function limitsOf(rules: Rules): Schema {
  const type = own(rules, 'type') as { case?: string; value?: Rules } | undefined;
  const typed = type?.value;
  if (typed === undefined) {
    return {};
  }
  switch (type?.case) {
    case 'string':
      return stringLimits(typed);
    case 'repeated':
      return {
        ...number('minItems', own(typed, 'minItems')),
        ...number('maxItems', own(typed, 'maxItems')),
        ...(own(typed, 'unique') === true && { uniqueItems: true }),
        ...inner('items', own(typed, 'items')),
      };
    case 'map':
      return {
        ...number('minProperties', own(typed, 'minPairs')),
        ...number('maxProperties', own(typed, 'maxPairs')),
        ...inner('propertyNames', own(typed, 'keys')),
        ...inner('additionalProperties', own(typed, 'values')),
      };
    case 'int32':
    case 'sint32':
    case 'sfixed32':
    case 'uint32':
    case 'fixed32':
    case 'float':
    case 'double':
      return numberLimits(typed);
    default:
      // 64-bit integers are texts in JSON, and a schema has no limits for the value of a text.
      return {};
  }
}

function stringLimits(rules: Rules): Schema {
  const known = own(rules, 'wellKnown') as { case?: string; value?: unknown } | undefined;
  const format = known?.value === true ? FORMATS[known.case ?? ''] : undefined;
  const pattern = own(rules, 'pattern');
  const length = own(rules, 'len');
  return {
    ...number('minLength', length ?? own(rules, 'minLen')),
    ...number('maxLength', length ?? own(rules, 'maxLen')),
    ...(typeof pattern === 'string' && isEcmaScript(pattern) && { pattern }),
    ...(format !== undefined && { format }),
    ...choices(rules),
  };
}

const FORMATS: Readonly<Record<string, string>> = {
  email: 'email',
  hostname: 'hostname',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  uri: 'uri',
  uriRef: 'uri-reference',
  uuid: 'uuid',
};

function numberLimits(rules: Rules): Schema {
  const limits: Schema = { ...choices(rules) };
  const names = { gt: 'exclusiveMinimum', gte: 'minimum', lt: 'exclusiveMaximum', lte: 'maximum' } as const;
  const bounds = [own(rules, 'greaterThan'), own(rules, 'lessThan')] as { case?: string; value?: number }[];
  const [low, high] = bounds;
  // Bounds the wrong way round exclude what is between them.
  if (low?.value !== undefined && high?.value !== undefined && low.value > high.value) {
    return limits;
  }
  for (const bound of bounds) {
    const name = names[(bound?.case ?? '') as keyof typeof names];
    if (name !== undefined && typeof bound?.value === 'number' && Number.isFinite(bound.value)) {
      limits[name] = bound.value;
    }
  }
  return limits;
}

function choices(rules: Rules): Schema {
  const constant = own(rules, 'const');
  const among = own(rules, 'in');
  return {
    ...((typeof constant === 'string' || typeof constant === 'number') && { const: constant }),
    ...(Array.isArray(among) && among.length > 0 && { enum: among }),
  };
}

/** Conditions on the parts of a list or map. */
function inner(name: 'items' | 'propertyNames' | 'additionalProperties', rules: unknown): Schema {
  const limits = rules === undefined ? {} : limitsOf(rules as Rules);
  return Object.keys(limits).length === 0 ? {} : { [name]: limits };
}

function number(name: keyof Schema, value: unknown): Schema {
  return typeof value === 'bigint' || typeof value === 'number' ? { [name]: Number(value) } : {};
}

function isEcmaScript(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

/** A field that is set; others have their default on the prototype. */
export function own(rules: Rules, name: string): unknown {
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}
