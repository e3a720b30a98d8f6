/**
 * Whom a push would ask now: each with his riding time, where he comes from and why he was chosen;
 * how many are missing and why. With `picked` each can be left out.
 */

import { useEffect, useRef } from 'preact/hooks';

import { distance, duration, number, percent } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { feedName, hindranceName } from '../i18n/named.ts';
import { nameOf } from '../model/names.ts';
import { session } from '../model/session.ts';
import { Pick } from '../parts/Pick.tsx';
import { usePolled } from '../parts/polled.ts';
import type { PushChoice, PushPreview } from '../wire/types.ts';
import { Fault } from '../parts/Fault.tsx';

const EVERY_MS = 5_000;

export interface PushPlanProps {
  readonly city: string;
  readonly of: 'zone' | 'order';
  readonly id: string;
  readonly count?: number | null;
  /** Couriers left out by hand, and the way to change it. */
  readonly leftOut?: ReadonlySet<string>;
  readonly onLeaveOut?: (courier: string, out: boolean) => void;
  readonly onPreview?: (preview: PushPreview) => void;
}

export function PushPlan(props: PushPlanProps) {
  const { city, of, id, count = null, onPreview } = props;
  const query = of === 'zone' ? { zone_id: id, count } : { order_id: id, count };
  const { value: fresh, fault } = usePolled(
    `${city} ${of} ${id} ${count}`,
    () => session.api.pushPreview(city, query),
    EVERY_MS,
  );
  // Another count is looked up while the last answer stays, so that nothing jumps.
  const last = useRef<PushPreview | null>(null);
  if (fresh !== null) last.current = fresh;
  const value = last.current;
  useEffect(() => {
    if (fresh !== null) onPreview?.(fresh);
  }, [fresh]);
  if (value === null)
    return fault === null ? <p class="plan quiet">{t('plan.looking')}</p> : <Fault of={fault} />;
  const missing = Object.entries(value.missing);
  return (
    <div class="plan">
      {value.hindered !== null && (
        <p class="plan-hindered">{t('plan.hindered', { why: hindranceName(value.hindered) })}</p>
      )}
      {value.stale.length > 0 && (
        <p class="plan-hindered">
          {t('plan.stale', { feeds: value.stale.map(feedName).join(', ') })}
        </p>
      )}
      <p>
        {t('plan.push', {
          shortage: value.shortage,
          count: value.couriers.length,
          share: percent(value.acceptance),
        })}
      </p>
      {value.couriers.length > 0 && <Chosen {...props} couriers={value.couriers} />}
      {missing.length > 0 && (
        <p class="quiet">
          {t('plan.missing', {
            list: missing
              .map(([why, many]) => `${hindranceName(why)} (${number(many)})`)
              .join('; '),
          })}
        </p>
      )}
    </div>
  );
}

function Chosen(props: PushPlanProps & { couriers: readonly PushChoice[] }) {
  const { city, couriers, leftOut, onLeaveOut } = props;
  return (
    <table class="plan-table">
      <caption class="visually-hidden">{t('plan.couriers')}</caption>
      <thead>
        <tr>
          {onLeaveOut !== undefined && (
            <th scope="col">
              <span class="visually-hidden">{t('plan.ask')}</span>
            </th>
          )}
          <th scope="col">{t('field.courier')}</th>
          <th scope="col">{t('plan.eta')}</th>
          <th scope="col">{t('plan.from')}</th>
          <th scope="col">{t('plan.why')}</th>
        </tr>
      </thead>
      <tbody>
        {couriers.map((one) => (
          <tr key={one.courier_id}>
            {onLeaveOut !== undefined && (
              <td>
                <input
                  type="checkbox"
                  aria-label={t('plan.ask_one', { courier: one.courier_id })}
                  checked={leftOut?.has(one.courier_id) !== true}
                  onChange={(event) => onLeaveOut(one.courier_id, !event.currentTarget.checked)}
                />
              </td>
            )}
            <td>
              <Pick kind="courier" city={city} id={one.courier_id} />
            </td>
            <td>{duration(one.eta_s)}</td>
            <td>
              <bdi>{one.from_zone === null ? '–' : nameOf(city, 'zone', one.from_zone)}</bdi>
            </td>
            <td class="quiet">{t('target.away', { distance: distance(one.metres) })}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
