// The way to a PostgreSQL database: one login, to find out whether credentials work.
export { loginBy, type LoginOutcome, type LoginTarget, type TryLogin } from './login.ts';
