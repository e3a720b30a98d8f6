/** What is over, read page by page: filters, how many there are, the list, more of it. */

import type { ComponentChildren } from 'preact';

import { number } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { Button } from '../parts/Button.tsx';
import { Fault } from '../parts/Fault.tsx';
import type { Paged } from '../parts/paged.ts';

interface PastListProps<T> {
  readonly filters: ComponentChildren;
  readonly paged: Paged<T>;
  /** Of all that was read, what is shown. */
  readonly shown: readonly T[];
  readonly total: number;
  readonly children: (one: T) => ComponentChildren;
}

export function PastList<T>({ filters, paged, shown, total, children }: PastListProps<T>) {
  return (
    <div class="history">
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        {filters}
      </form>
      <p class="quiet history-count" role="status">
        {paged.loading && paged.items.length === 0
          ? t('list.loading')
          : t('history.count', { count: shown.length, total: number(total) })}{' '}
        <Button kind="quiet" onPress={paged.again}>
          {t('list.again')}
        </Button>
      </p>
      <Fault of={paged.fault} />
      <ul class="history-list">{shown.map(children)}</ul>
      {paged.more !== null && (
        <p class="history-more">
          <Button onPress={paged.more}>{t('list.load_more')}</Button>
        </p>
      )}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly children: readonly (readonly [string, string])[];
}

/** One filter: any, or one of those given. */
export function Choice({ label, value, onValue, children }: ChoiceProps) {
  return (
    <label class="filter">
      <span>{label}</span>
      <select value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="">{t('filter.any')}</option>
        {children.map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
