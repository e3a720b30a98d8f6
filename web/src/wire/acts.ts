/**
 * Alerts, actions, silences, and what people see before and after they act.
 *
 * Written by hand after docs/openapi.json; `test/wire/types.test.ts` holds the one against the
 * other.
 */

/** How urgent an alert is. */
export type Severity = 'critical' | 'info' | 'warning';

/** Where an alert is in its life; the stream shows no pending ones. */
export type AlertState = 'firing' | 'pending' | 'resolved';

/** Why an alert was raised. */
export type Cause =
  | 'mean_overrun'
  | 'no_events'
  | 'no_heartbeat'
  | 'no_pickups'
  | 'no_position'
  | 'not_moving'
  | 'oldest_wait'
  | 'orders_overdue'
  | 'pickup_late'
  | 'problem_reported'
  | 'promise_passed'
  | 'ratio'
  | 'unaccepted'
  | 'unaccepted_run'
  | 'unassigned'
  | 'unpaid';

/** Why an alert ended. */
export type Ending = 'closed' | 'recovered' | 'rule_off' | 'subject_gone';

/** What an alert or action can be about. */
export type SubjectKind = 'city' | 'courier' | 'order' | 'stream' | 'venue' | 'zone';

/** What can be done. */
export type ActionKind = 'page_on_call' | 'pause_venue' | 'push_couriers' | 'warn_support';

/** Where an action stands. */
export type ActionState =
  | 'approved'
  | 'cancelled'
  | 'delivered'
  | 'effective'
  | 'expired'
  | 'failed'
  | 'ineffective'
  | 'proposed'
  | 'rejected'
  | 'reverted'
  | 'sent';

/** Who decides on an action. */
export type ActionMode = 'auto' | 'off' | 'propose' | 'by_hand';

/** What became of one message of an action. */
export type TargetState =
  | 'delivered'
  | 'expired'
  | 'failed'
  | 'held_back'
  | 'sent'
  | 'waiting'
  | 'withdrawn';

/** Why an action is not taken. */
export type Hindrance =
  | 'already_under_way'
  | 'budget_spent'
  | 'couriers_late'
  | 'mode_off'
  | 'muted'
  | 'needed_at_home'
  | 'no_courier'
  | 'no_target'
  | 'share_paused'
  | 'stale_data'
  | 'switched_off'
  | 'venue_not_open';

/** What the server says of its own doings (`alerts/phrases.py`). */
export type PhraseCode =
  | 'accepted_of'
  | 'alert_ended'
  | 'alerts'
  | 'alerts_ended'
  | 'answered'
  | 'asks_desk_to_call'
  | 'asks_desk_to_offer'
  | 'asks_desk_to_pause'
  | 'by_hand_instead'
  | 'called'
  | 'called_came'
  | 'called_in_vain'
  | 'came_unasked'
  | 'caught_up'
  | 'cause'
  | 'city_left'
  | 'courier_not_idle'
  | 'courier_pushed'
  | 'couriers_for_order'
  | 'couriers_for_zone'
  | 'delivered_by'
  | 'desk_has_it'
  | 'desk_not_told'
  | 'desk_told'
  | 'dry_run'
  | 'ended_by'
  | 'given_up'
  | 'hindered'
  | 'looked_after'
  | 'no_orders_for'
  | 'no_pause'
  | 'nobody_decided'
  | 'not_called'
  | 'not_caught_up'
  | 'not_offered'
  | 'not_paused'
  | 'not_taken'
  | 'nothing_short'
  | 'notice_again'
  | 'notice_ends_itself'
  | 'notice_higher'
  | 'notice_more'
  | 'notice_over'
  | 'offered'
  | 'offered_came'
  | 'offered_in_vain'
  | 'on_already'
  | 'on_call_has_it'
  | 'on_call_not_told'
  | 'on_call_told'
  | 'one_alert'
  | 'one_place'
  | 'ordered_by_hand'
  | 'pause_over'
  | 'recovered'
  | 'resume_sent'
  | 'seen'
  | 'share'
  | 'switched_off'
  | 'taken'
  | 'time_over'
  | 'to_be_taken'
  | 'venue_busy'
  | 'venue_paused'
  | 'venue_paused_on'
  | 'venue_resumed'
  | 'venue_watched';

/**
 * One clause: its name, and its values by name.
 * Values are ids, names and figures, and words of people where a clause quotes them; `_s`,
 * `minutes` are times, `count` is what its plural depends on.
 */
export interface Phrase {
  readonly code: PhraseCode;
  readonly values: Readonly<Record<string, string | number>>;
}

/** What a silence can be told by. */
export type MatcherField = 'courier' | 'order' | 'rule' | 'severity' | 'venue' | 'zone';

/**
 * One rule on one subject, from its first breach to its end.
 * `value` and `threshold` are the figure and the bound that raised it, in the rule's unit;
 * `about` names the zone, venue, courier and order it concerns, as far as known. It clears while
 * each figure of `clears_below` is below its bound; `ends_ts` is when it ends if that lasts.
 */
export interface Alert {
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly city: string;
  readonly subject: Subject;
  readonly started_ts: number;
  readonly fired_ts: number | null;
  readonly resolved_ts: number | null;
  readonly updated_ts: number;
  readonly value: number;
  readonly threshold: number;
  readonly reason: string;
  readonly acked_by: string | null;
  readonly claimed_by: string | null;
  readonly silenced: boolean;
  readonly inhibited_by: string | null;
  readonly actions: readonly string[];
  readonly cause: Cause;
  readonly ended: Ending | null;
  readonly about: Readonly<Record<string, string>>;
  readonly acked_ts: number | null;
  readonly acked_until_ts: number | null;
  readonly claimed_ts: number | null;
  readonly silenced_by: string | null;
  readonly notes: readonly Note[];
  readonly clears_below: Readonly<Partial<Record<Cause, number>>>;
  readonly ends_ts: number | null;
}

/** What an alert is about. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
}

/** A watcher's word on an alert. */
export interface Note {
  readonly ts: number;
  readonly by: string;
  readonly text: string;
}

/**
 * One thing done, or proposed, from its plan to its end.
 * `alerts` are all that it serves, `alert` the first of them. `version` rises with each change of
 * state or decision: whoever decides names the one he saw. `deadline_ts`: given up or reverted
 * after it; `until_ts`: when what it changed ends by itself; `next_ts`: when it is looked at next.
 * `stage` and `level` say how far it has gone: a push's round, a pause's steps, a notice's level.
 * `said` is `reason` as phrases, none where a person gave it.
 */
export interface Action {
  readonly id: string;
  readonly kind: ActionKind;
  readonly city: string;
  readonly alert: string | null;
  readonly alerts: readonly string[];
  readonly rule: string | null;
  readonly subject: Subject;
  readonly mode: ActionMode;
  readonly state: ActionState;
  readonly dry_run: boolean;
  readonly by: string | null;
  readonly approved_by: string | null;
  readonly reason: string;
  readonly created_ts: number;
  readonly updated_ts: number;
  readonly deadline_ts: number;
  readonly until_ts: number | null;
  readonly next_ts: number | null;
  readonly stage: string;
  readonly level: number;
  readonly targets: readonly ActionTarget[];
  readonly expected: Expected;
  readonly came: Came;
  readonly record: readonly ActionStep[];
  readonly version: number;
  readonly said: readonly Phrase[];
}

/**
 * One that an action reaches: a courier, a venue, or those who hear of a notice.
 * `key` is the idempotency key of what is sent to him (a push's `push_id`), the same however
 * often it is sent. `held_back`: chosen, and on purpose not sent, to learn what would have
 * happened by itself. `step` says which message of the action it was; `why` the reason of the
 * choice in words, and why it could not be brought. For a courier that is `metres` and `eta_s` to
 * ride and `from_zone`, else what `said` tells; `error` is what the last target in vain answered.
 */
export interface ActionTarget {
  readonly kind: 'courier' | 'notice' | 'venue';
  readonly id: string;
  readonly key: string;
  readonly step: string;
  readonly state: TargetState;
  readonly why: string;
  readonly sent_ts: number;
  readonly eta_s: number | null;
  readonly from_zone: string | null;
  readonly round: number;
  readonly answer: 'accepted' | 'declined' | 'none' | null;
  readonly failed_by: readonly string[];
  readonly answered_ts: number | null;
  readonly arrived_ts: number | null;
  readonly metres: number | null;
  readonly error: string;
  readonly said: readonly Phrase[];
}

/** What the action is for: in words, the couriers it asks for, and until when it should tell. */
export interface Expected {
  readonly words: string;
  readonly couriers: number;
  readonly acceptance: number | null;
  readonly by_ts: number | null;
  readonly said: readonly Phrase[];
}

/** What came of it, as far as known; shares are null where nobody was in the group. */
export interface Came {
  readonly accepted: number;
  readonly declined: number;
  readonly unanswered: number;
  readonly moved: number;
  readonly held_back: number;
  readonly held_back_moved: number;
  readonly recovered_ts: number | null;
  readonly recovered_s: number | null;
  readonly words: string;
  readonly said: readonly Phrase[];
}

/** One line of an action's record. */
export interface ActionStep {
  readonly ts: number;
  readonly state: ActionState;
  readonly by: string | null;
  readonly words: string;
  readonly said: readonly Phrase[];
}

/** A silence as it stands: all its matchers must hold for it to hide an alert. */
export interface Silence {
  readonly id: string;
  readonly city: string;
  readonly matchers: readonly Matcher[];
  readonly by: string;
  readonly reason: string;
  readonly from_ts: number;
  readonly until_ts: number;
  readonly hidden: number;
}

/** One condition of a silence: the alert's `field` is exactly `value`. */
export interface Matcher {
  readonly field: MatcherField;
  readonly value: string;
}

/**
 * Whom a push would ask now, nearest first, for a zone or an order at `lon`, `lat`.
 * `shortage` couriers are wanted; `count` are asked for them, since only a share of `acceptance`
 * says yes. `missing` counts those who could not be found, by reason. `hindered`: nothing would be
 * sent at all. `stale` names silent streams that the plan depends on. `actions` are under way.
 */
export interface PushPreview {
  readonly city: string;
  readonly zone_id: string | null;
  readonly order_id: string | null;
  readonly lon: number;
  readonly lat: number;
  readonly shortage: number;
  readonly acceptance: number;
  readonly count: number;
  readonly couriers: readonly PushChoice[];
  readonly missing: Readonly<Record<string, number>>;
  readonly hindered: Hindrance | null;
  readonly alert: string | null;
  readonly actions: readonly string[];
  readonly stale: readonly string[];
  readonly ts: number;
}

/** A courier who would be asked: where he is, how far the place is, why he was chosen. */
export interface PushChoice {
  readonly courier_id: string;
  readonly lon: number;
  readonly lat: number;
  readonly eta_s: number;
  readonly metres: number;
  readonly from_zone: string | null;
  readonly why: string;
}

/**
 * What a pause of a venue would meet now: the figures for it, and what stands against it.
 * `hindered` keeps people from it, `hindered_by_itself` the program (by the venue's alert, if
 * any). `open_orders` go on: a pause takes no order back. `left_this_hour` pauses are left in the
 * budget. `action` is under way already.
 */
export interface PausePreview {
  readonly city: string;
  readonly venue_id: string;
  readonly zone_id: string | null;
  readonly takes_orders: boolean;
  readonly minutes: number;
  readonly evidence: Readonly<Record<string, number>>;
  readonly open_orders: number;
  readonly hindered: Hindrance | null;
  readonly hindered_by_itself: Hindrance | null;
  readonly zone: PausedShare;
  readonly whole_city: PausedShare;
  readonly left_this_hour: number;
  readonly alert: string | null;
  readonly action: string | null;
  readonly ts: number;
}

/** How many venues are open or paused, how many of them are paused, and may be by hand. */
export interface PausedShare {
  readonly open: number;
  readonly paused: number;
  readonly at_most: number;
}

/**
 * What actions came to in a city.
 * `hindered` counts actions that were not taken, by reason; `acceptance` is the share that plans
 * go by; `recovery_s` the mean time from a push to the end of a shortage, null before the first.
 */
export interface Effects {
  readonly city: string;
  readonly kinds: Readonly<Record<string, KindEffects>>;
  readonly hindered: Readonly<Record<string, number>>;
  readonly acceptance: number;
  readonly recovery_s: number | null;
  readonly pushes: PushEffects;
  readonly uplift: Uplift;
  readonly ts: number;
}

/** Actions of a kind: those that live, by state, and how many ever came to each state. */
export interface KindEffects {
  readonly living: Readonly<Record<string, number>>;
  readonly came_to: Readonly<Record<string, number>>;
}

/** What pushes came to, over the living and the remembered campaigns that asked somebody. */
export interface PushEffects {
  readonly campaigns: number;
  readonly asked: number;
  readonly accepted: number;
  readonly declined: number;
  readonly unanswered: number;
  readonly moved: number;
  readonly held_back: number;
  readonly held_back_moved: number;
}

/**
 * Those asked against those held back, of the campaigns that choose a control group at random.
 * `uplift` is the share of the asked who came minus the share of those held back who came by
 * themselves; null where a group is empty. Few counts prove little: they stand beside it.
 */
export interface Uplift {
  readonly asked: number;
  readonly moved: number;
  readonly moved_share: number | null;
  readonly held_back: number;
  readonly held_back_moved: number;
  readonly held_back_moved_share: number | null;
  readonly uplift: number | null;
}

/** A kind of action: off since when, by whom, why; null where it is on. */
export interface Switch {
  readonly kind: 'all' | ActionKind;
  readonly off: boolean;
  readonly by: string | null;
  readonly since_ts: number | null;
  readonly reason: string | null;
}

/**
 * `act` is the command's name (`ack`, `approve`, `pause`, …), `subject` the id it was about, `count`
 * above one where the same was refused so many times more since the entry before it.
 */
export interface AuditEntry {
  readonly ts: number;
  readonly city: string;
  readonly by: string;
  readonly act: string;
  readonly subject: string;
  readonly ok: boolean;
  readonly code: string;
  readonly reason: string;
  readonly count: number;
}

/** Why a request was refused: `code` is for programs, `detail` for people. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly faults?: readonly string[];
  readonly by?: string | null;
  readonly since_ts?: number | null;
  readonly said?: readonly Phrase[];
}
