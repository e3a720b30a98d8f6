/** Begins the page: settings, then the frame, then the session with the server. */

import { render } from 'preact';

import { App } from './frame/App.tsx';
import { session } from './model/session.ts';
import { followAddress, startView } from './ways/address.ts';
import { apply } from './ways/settings.ts';

import './style/tokens.css';
import './style/layout.css';

apply(document.documentElement, startView());
followAddress();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
void session.start();
