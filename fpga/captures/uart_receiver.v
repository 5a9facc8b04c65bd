// Receives what a UART sends: a start bit 0, eight data bits, the least significant first, a stop bit 1. A bit takes
// two clocks, and is read in the second.
//
// The bits are handed on as they come: while `valid` is high, `data` is the next bit of the byte. `done` says that the
// frame is whole, `error` that its stop bit was 0; after that the line has to be 1 before another frame can start.
module uart_receiver (
    input  wire clk,
    input  wire rst,
    input  wire rx,
    output reg  valid,
    output reg  data,
    output reg  done,
    output reg  error
);
  localparam IDLE = 2'd0, START = 2'd1, BITS = 2'd2, BREAK = 2'd3;

  reg [1:0] state;
  reg       first;  // the first clock of a bit
  reg [3:0] place;  // data bits so far

  always @(posedge clk) begin
    valid <= 1'b0;
    data  <= 1'b0;
    done  <= 1'b0;
    error <= 1'b0;
    if (rst) begin
      state <= IDLE;
      first <= 1'b0;
      place <= 4'd0;
    end else
      case (state)
        IDLE:
          if (!rx) state <= START;
        START:
          if (rx)
            state <= IDLE;  // too short to be a start bit
          else begin
            state <= BITS;
            first <= 1'b1;
            place <= 4'd0;
          end
        BITS:
          if (first)
            first <= 1'b0;
          else if (place != 4'd8) begin
            valid <= 1'b1;
            data  <= rx;
            first <= 1'b1;
            place <= place + 4'd1;
          end else begin
            done  <= rx;
            error <= !rx;
            state <= rx ? IDLE : BREAK;
          end
        BREAK:
          if (rx) state <= IDLE;
      endcase
  end
endmodule
