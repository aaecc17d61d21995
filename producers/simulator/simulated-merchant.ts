/**
 * Who the simulator plays: merchants with shops of different size, in different zones. What a merchant is depends on its number
 * alone, never on the seed or the time, so that a restarted simulator states the very same configuration under the very same
 * id, which the processor takes for the retransmission it is.
 */
import { asBusinessDate, type Calendar, calendarOf } from '@fluxo/domain';
import { idFromName } from '../file-import/deterministic-id.ts';
import type { NewConfiguration } from '../till-producer.ts';
import { SeededRandom } from './seeded-random.ts';

export type SimulatedMerchant = {
  readonly merchantId: string;
  readonly calendar: Calendar;
  readonly currency: string;
  readonly drawers: readonly string[];
  /** How much it sells, in comparison with the others. */
  readonly size: number;
  /** What a purchase costs here, minor units, in the middle. */
  readonly typicalMinor: number;
  readonly configuration: NewConfiguration;
};

export const SAFE = 'safe';
export const BANK = 'bank';
export const ACQUIRER = 'acquirer';

const FIRST_DAY = asBusinessDate(18_262);
const TRADES: readonly (readonly [name: string, typicalMinor: number])[] = [
  ['Padaria', 1_800],
  ['Farmácia', 4_500],
  ['Mercado', 8_900],
  ['Papelaria', 2_600],
  ['Pet shop', 7_400],
  ['Lanchonete', 3_200],
  ['Posto', 15_000],
  ['Boutique', 21_000],
];
const PLACES: readonly (readonly [
  place: readonly [town: string, zone: string, currency: string],
  weight: number,
])[] = [
  [['São Paulo', 'America/Sao_Paulo', 'BRL'], 14],
  [['Recife', 'America/Recife', 'BRL'], 5],
  [['Manaus', 'America/Manaus', 'BRL'], 4],
  [['Rio Branco', 'America/Rio_Branco', 'BRL'], 2],
  [['Lisboa', 'Europe/Lisbon', 'EUR'], 3],
  [['New York', 'America/New_York', 'USD'], 2],
  [['東京', 'Asia/Tokyo', 'JPY'], 1],
];

/** Merchant number 1, 2, 3 …: `sim-0001`, `sim-0002` … */
export function simulatedMerchant(number: number): SimulatedMerchant {
  const random = new SeededRandom(number * 7_919);
  const [town, zone, currency] = random.weighted(PLACES);
  const [trade, typicalMinor] = TRADES[random.below(TRADES.length)] as (typeof TRADES)[number];
  const drawers = Array.from({ length: 1 + random.below(3) }, (_, index) => `drawer-${index + 1}`);
  // Some shops close after midnight: their day ends at three.
  const cutoffMinutes = random.isChance(0.15) ? 180 : 0;
  const merchantId = `sim-${String(number).padStart(4, '0')}`;
  const content = {
    merchantId,
    name: `${trade} ${town} ${number}`,
    zone,
    cutoffMinutes,
    effectiveFrom: FIRST_DAY,
    lateEntries: 'BOOK_TODAY',
    backdateLimitDays: 30,
    accounts: [
      ...drawers.map(
        (accountId, index) => ({ accountId, name: `Caixa ${index + 1}`, type: 'DRAWER', currency }) as const,
      ),
      { accountId: SAFE, name: 'Cofre', type: 'SAFE', currency },
      { accountId: BANK, name: 'Banco', type: 'BANK', currency },
      { accountId: ACQUIRER, name: 'Maquininha', type: 'ACQUIRER', currency },
    ],
  } as const;
  return {
    merchantId,
    calendar: calendarOf([{ effectiveFrom: FIRST_DAY, zone, cutoffMinutes }]),
    currency,
    drawers,
    size: 1 / (1 + random.below(8)),
    typicalMinor,
    configuration: { ...content, configId: idFromName(JSON.stringify(content)) },
  };
}
