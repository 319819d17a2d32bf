//! What is asked, in an order that nobody can know before.

use rand_core::RngCore;

use super::Challenge;

/// A number below `limit`. The bias of a remainder is far below what matters for so few choices.
fn below(random: &mut dyn RngCore, limit: usize) -> usize {
    (random.next_u32() as usize) % limit.max(1)
}

fn is_turn(challenge: Challenge) -> bool {
    matches!(challenge, Challenge::TurnLeft | Challenge::TurnRight)
}

/// `count` movements, at least one, and none twice in a row. One of them is a turn: eyes that
/// look through holes in a picture can blink.
pub(super) fn plan(random: &mut dyn RngCore, count: usize) -> Vec<Challenge> {
    const ALL: [Challenge; 3] = [Challenge::TurnLeft, Challenge::TurnRight, Challenge::Blink];
    let count = count.max(1);
    let mut plan: Vec<Challenge> = Vec::with_capacity(count);
    for place in 1..=count {
        let turn_is_due = place == count && !plan.iter().copied().any(is_turn);
        let choices: Vec<_> = ALL
            .into_iter()
            .filter(|it| plan.last() != Some(it) && (is_turn(*it) || !turn_is_due))
            .collect();
        plan.push(choices[below(random, choices.len())]);
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::OsRng;

    #[test]
    fn every_plan_has_a_turn_and_no_movement_twice_in_a_row() {
        for count in 1..5 {
            for _ in 0..200 {
                let plan = plan(&mut OsRng, count);
                assert_eq!(plan.len(), count);
                assert!(plan.iter().copied().any(is_turn));
                assert!(plan.windows(2).all(|pair| pair[0] != pair[1]));
            }
        }
    }

    #[test]
    fn plans_differ() {
        let plans: std::collections::HashSet<_> = (0..200).map(|_| plan(&mut OsRng, 2)).collect();
        assert_eq!(plans.len(), 6, "of 3 x 2, all have a turn");
    }
}
