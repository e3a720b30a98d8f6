/** Begins the page: settings, then the frame, then the session with the server. */

import { render } from 'preact';

import { App } from './frame/App.tsx';
import { session } from './model/session.ts';
import { followMoment } from './replay/replay.ts';
import { followAddress, startView } from './ways/address.ts';
import { followSearch } from './ways/couriers.ts';
import { followKeys } from './ways/keys.ts';
import { followNotices, followTitle } from './ways/notify.ts';
import { apply } from './ways/settings.ts';
import { followSound } from './ways/sound.ts';

import './style/tokens.css';
import './style/layout.css';

apply(document.documentElement, startView());
followAddress();
followSearch();
followKeys();
followSound();
followNotices();
followTitle();
followMoment();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
void session.start();
