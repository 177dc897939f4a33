/** What the page of the API says of it. */
export const API = {
  title: 'Traffic Tacos',
  description:
    'Tickets, from the waiting line to the order: join the line of an event, ask until it is your turn, exchange the place for a reservation token, hold seats with it, pay, confirm.',
};
