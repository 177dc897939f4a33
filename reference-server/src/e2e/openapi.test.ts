import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { sharedSale } from './shared-sale.ts';

const { served } = { served: sharedSale() };

test('the whole contract is valid OpenAPI 3.1', async () => {
  const response = await fetch(`${(await served()).url}/openapi.json`);
  const document = await response.json();

  expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
  const reserve = document.paths['/api/v1/reservations'].post;
  expect(Object.keys(reserve.responses)).toEqual(
    expect.arrayContaining(['201', '400', '401', '404', '409', '429', '503', '504', 'default']),
  );
  expect(reserve.responses[409].description).toMatch(/^- `SEAT_UNAVAILABLE`: At least one seat/m);
  expect(reserve.description).toContain('until `holdExpiresAt`');
});

test('the page of the API speaks of nothing by a name that REST does not have for it', async () => {
  const text = await (await fetch(`${(await served()).url}/openapi.json`)).text();

  expect(text.match(/\bERROR_CODE_\w+/g)).toBeNull();
  expect(text.match(/\b[a-z]+(?:_[a-z0-9]+)+\b/g)).toBeNull();
});
