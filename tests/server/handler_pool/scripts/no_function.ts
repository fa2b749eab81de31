export const onLogin = 1;
