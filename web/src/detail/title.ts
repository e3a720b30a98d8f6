/** What is looked at is called so. Follows: a link is opened before the names are known. */

import { ruleName, feedName } from '../i18n/named.ts';
import { nameOf } from '../model/names.ts';
import { cityModel, type Selection } from '../model/signals.ts';
import { actionLine } from '../alerts/words.ts';

export function titleOf({ kind, city, id }: Selection): string {
  const model = cityModel(city);
  switch (kind) {
    case 'alert': {
      const alert = model.alerts.get(id) ?? model.ended.value.find((one) => one.id === id);
      return alert === undefined ? id : ruleName(alert.rule);
    }
    case 'action': {
      const action = model.actions.get(id);
      return action === undefined ? id : actionLine(action);
    }
    case 'stream':
      return feedName(id);
    case 'zone':
      return model.zones.get(id)?.name || id;
    case 'venue':
      return model.venues.get(id)?.name || id;
    default:
      return nameOf(city, kind, id);
  }
}
