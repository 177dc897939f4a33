import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { sharedSale } from './shared-sale.ts';

const { served } = { served: sharedSale() };

test('the whole contract is valid OpenAPI 3.1', async () => {
  const response = await fetch(`${(await served()).url}/openapi.json`);
  const document = await response.json();

  expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
  expect(Object.keys(document.paths)).toContain('/api/v1/reservations');
});
