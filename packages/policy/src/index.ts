export {
  Auth,
  ErrorKind,
  type ErrorPolicy,
  ErrorPolicySchema,
  type FieldPolicy,
  FieldPolicySchema,
  Idempotency,
  type Policy as PolicyOptions,
  PolicySchema as PolicyOptionsSchema,
  Priority,
  RetryClass,
} from '@traffic-tacos/policy/gen/tacos/policy/v1/policy_pb.js';
export { type ErrorRow, type ErrorTable, errorTable, restCodeOf } from './error-table.ts';
export { type FieldMark, type FieldPath, fieldPolicyOf, markedFields } from './field-policy.ts';
export { type PartialPolicy, type Policy, policyOf } from './method-policy.ts';
export { withOverrides } from './with-overrides.ts';
