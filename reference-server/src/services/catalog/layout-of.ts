import type { Event, Row, Section } from '@traffic-tacos/contracts/catalog/v1';
import { refuse } from '@traffic-tacos/server';
import type { Layout, RowLayout } from '../../domain/inventory/layout.ts';

/**
 * The seats of an event as the inventory counts them. An area without seats becomes one row of places.
 *
 * @throws CallFailure INVALID_ARGUMENT when a section or row refers to a price tier that the event does not have.
 */
export function layoutOf(event: Event): Layout {
  const prices = new Map(event.priceTiers.map((tier) => [tier.id, Number(tier.price?.amount ?? 0n)]));
  const priceOf = (tierId: string, field: string): number => {
    const price = prices.get(tierId);
    if (price === undefined) {
      throw refuse(
        'INVALID_ARGUMENT',
        `${field} is "${tierId}", which is the id of none of event.price_tiers`,
        [{ field, reason: 'UNKNOWN_PRICE_TIER', value: tierId }],
      );
    }
    return price;
  };
  return {
    currency: event.priceTiers[0]?.price?.currency ?? '',
    sections: event.sections.map((section, s) => ({
      id: section.id,
      name: section.name || section.id,
      ...(section.layout.case === 'generalAdmission' && { area: true }),
      rows: rowsOf(section).map(({ row, layout }, r) => {
        const field = row?.priceTierId
          ? `event.sections[${s}].seated.rows[${r}].price_tier_id`
          : `event.sections[${s}].price_tier_id`;
        return { ...layout, price: priceOf(row?.priceTierId || section.priceTierId, field) };
      }),
    })),
  };
}

type Unpriced = { readonly row?: Row; readonly layout: Omit<RowLayout, 'price'> };

function rowsOf(section: Section): Unpriced[] {
  switch (section.layout.case) {
    case 'seated':
      return section.layout.value.rows.map((row) => ({
        row,
        layout: { name: row.id, prefix: row.seatIdPrefix, numbering: numberingOf(row) },
      }));
    case 'generalAdmission': {
      const { capacity, seatIdPrefix } = section.layout.value;
      const numbering = { kind: 'range', first: 1, count: capacity, step: 1 } as const;
      return [{ layout: { name: '', prefix: seatIdPrefix, numbering } }];
    }
    default:
      return [];
  }
}

function numberingOf(row: Row): RowLayout['numbering'] {
  if (row.seats.case === 'list') {
    return { kind: 'list', numbers: row.seats.value.numbers };
  }
  const range = row.seats.value;
  return { kind: 'range', first: range?.first ?? 0, count: range?.count ?? 0, step: range?.step || 1 };
}
